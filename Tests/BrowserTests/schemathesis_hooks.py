"""What a schema cannot know, told to schemathesis: which posts, logins and tokens exist, and what a picture is.

Loaded by schemathesis in its own process (SCHEMATHESIS_HOOKS). Every second request that is meant to succeed is
pointed at something that exists; the others keep what was generated.
"""

import functools
import itertools
import json
import os
import uuid

import schemathesis
from hypothesis import strategies
from pictures import png
from server import call

ADDRESS, OUTCOMES = os.environ["ARTEL_ADDRESS"], os.environ["ARTEL_OUTCOMES"]
# None in the run of a guest.
LOGIN = json.loads(os.environ.get("ARTEL_LOGIN", "null"))
LEAVING_PASSWORD = "correct horse leaving"
turn = itertools.count()

picture = strategies.integers(0, 40).map(lambda seed: png(12, 8, seed))
for media_type in ("image/jpeg", "image/png", "image/gif", "image/webp"):
    schemathesis.openapi.media_type(media_type, picture)


def sign_in(login=None, agent=None):
    status, tokens = call(ADDRESS, "POST", "/api/sessions", login or LOGIN, agent=agent)
    assert status == 201, tokens
    return tokens


def next_cursor(operation):
    """Where the next page of a list begins, as only the list itself can say; None when it has but one."""
    own = {"listNotices": "/api/notices?limit=1", "listBlocks": "/api/blocks?limit=1", "listMutes": "/api/mutes?limit=1"}
    paths = own | {"search": "/api/search?q=test&limit=1"}
    token = sign_in()["access_token"] if operation in own and LOGIN else None
    return call(ADDRESS, "GET", paths.get(operation, "/api/posts?limit=1"), token=token)[1].get("next")


def new_post():
    form = {"title": "For the test", "is_public": "true", "image": png(8, 8)}
    status, post = call(ADDRESS, "POST", "/api/posts", token=sign_in()["access_token"], form=form)
    assert status == 201, post
    return post["id"]


def newest_notice():
    """The id of what the member was told last: that somebody signed in with another program."""
    token = sign_in(agent=uuid.uuid4().hex)["access_token"]
    return call(ADDRESS, "GET", "/api/notices?limit=1", token=token)[1]["items"][0]["id"]


def new_member():
    """The login of somebody who may leave for good."""
    login = {"login": uuid.uuid4().hex[:12], "password": LEAVING_PASSWORD}
    status, member = call(ADDRESS, "POST", "/api/members", {
        "username": login["login"], "email": f"{login['login']}@example.org", "password": LEAVING_PASSWORD})
    assert status == 201, member
    return login


@functools.cache
def other_member():
    """The username of somebody who stays."""
    return new_member()["login"]


class MemberToken:
    """One token for everything but signing out and leaving, which would end it."""

    token = None

    def get(self, case, context):
        if case.operation.definition.raw["operationId"] == "deleteCurrentSession":
            return sign_in()["access_token"]
        if case.operation.definition.raw["operationId"] == "deleteCurrentMember":
            return sign_in(new_member())["access_token"]
        self.token = self.token or sign_in()["access_token"]
        return self.token

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


if LOGIN:
    schemathesis.auth(refresh_interval=None)(MemberToken)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Aims at what exists, as no generator can guess it."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation = case.operation.definition.raw["operationId"]
    if case.query and case.query.get("after"):
        case.query["after"] = next_cursor(operation)
        if case.query["after"] is None:
            del case.query["after"]
    if "Idempotency-Key" in case.headers:
        # Generators repeat simple texts, and a key belongs to one body.
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if operation == "createMember" and isinstance(case.body, dict):
        # Unique, which is no matter of a schema.
        name = uuid.uuid4().hex[:12]
        case.body = case.body | {"username": name, "email": f"{name}@example.org"}
    if LOGIN is None or next(turn) % 2:
        return
    if operation in ("getPost", "updatePost", "deletePost"):
        case.path_parameters["id"] = new_post()
    elif operation in ("getMember", "blockMember", "unblockMember", "muteMember", "unmuteMember"):
        case.path_parameters["username"] = other_member()
    elif operation == "createSession":
        case.body = dict(LOGIN)
    elif operation == "deleteCurrentMember":
        case.body = {"password": LEAVING_PASSWORD}
    elif operation == "readNotices":
        case.body = {"through": newest_notice()}
    elif operation == "refreshSession":
        case.body = {"refresh_token": sign_in()["refresh_token"]}


@schemathesis.hook
def after_call(context, case, response):
    with open(OUTCOMES, "a", encoding="ascii") as outcomes:
        outcomes.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")
