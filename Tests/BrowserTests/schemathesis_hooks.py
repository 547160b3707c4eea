"""What a schema cannot know, told to schemathesis: which posts, logins and tokens exist, and what a picture is.

Loaded by schemathesis in its own process (SCHEMATHESIS_HOOKS). Every second request that is meant to succeed is
pointed at something that exists; the others keep what was generated.
"""

import base64
import datetime
import functools
import hashlib
import itertools
import json
import os
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import passkey
import schemathesis
import two_factor
from hypothesis import strategies
from pictures import png
from server import call

ADDRESS, OUTCOMES = os.environ["ARTEL_ADDRESS"], os.environ["ARTEL_OUTCOMES"]
# None in the run of a guest.
LOGIN = json.loads(os.environ.get("ARTEL_LOGIN", "null"))
# Whoever may read the mailbox.
ADMINISTRATOR = json.loads(os.environ.get("ARTEL_ADMINISTRATOR", "null"))
# Whom the operations of moderators are tried as.
MODERATOR = json.loads(os.environ.get("ARTEL_MODERATOR", "null"))
LEAVING_PASSWORD = "correct horse leaving"
# Each by a member of its own: they end sessions, or need what others would use up.
BY_OTHERS = {"reportPost", "reportComment", "deleteCurrentMember", "deleteOtherSessions", "changePassword", "changeEmail", "sendEmailVerification",
             "createOwnPhoneCode", "deletePhone"}
# A second round finds the bans of the first, so it has other pictures; see `new_file` for how many there are.
turn, files = itertools.count(), itertools.count(7_200 * int(os.environ["ARTEL_ROUND"]))
# Where somebody chooses a password, which must be hard to guess.
CHOOSING = ("createMember", "changePassword", "resetPassword", "createSessionByNewPassword")

picture = strategies.integers(0, 40).map(lambda seed: png(6, 4, seed))
for media_type in ("image/jpeg", "image/png", "image/gif", "image/webp"):
    schemathesis.openapi.media_type(media_type, picture)
# A piece of a file is sent as it is.
schemathesis.openapi.media_type("application/offset+octet-stream", strategies.binary(max_size=1000))
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


def sign_in(login=None, agent=None):
    status, tokens = call(ADDRESS, "POST", "/api/sessions", login or LOGIN, agent=agent)
    assert status == 201, tokens
    return tokens


def next_cursor(operation):
    """Where the next page of a list begins, as only the list itself can say; None when it has but one."""
    own = {"listNotices": "/api/notices?limit=1", "listBlocks": "/api/blocks?limit=1", "listMutes": "/api/mutes?limit=1",
           "listSessions": "/api/sessions?limit=1", "listAPITokens": "/api/api-tokens?limit=1",
           "listExports": "/api/exports?limit=1", "listTrash": "/api/trash?limit=1"}
    if operation in ("listFollowers", "listFollowing", "listComments", "listAlbumPosts", "listShareLinks",
                     "listModerationCases", "listPictureBans", "listPasskeys"):
        return None
    paths = own | {"search": "/api/search?q=test&limit=1", "listTags": "/api/tags?limit=1", "listAlbums": "/api/albums?limit=1"}
    token = sign_in()["access_token"] if operation in own and LOGIN else None
    return call(ADDRESS, "GET", paths.get(operation, "/api/posts?limit=1"), token=token)[1].get("next")


def new_file():
    """A picture that nobody has posted, so that no ban of another one refuses it."""
    number = next(files)
    return png(8 + number % 40, 8 + number // 40 % 40, number)


def new_post():
    form = {"title": "For the test", "is_public": "true", "tags": "for the test, another", "image": new_file()}
    status, post = call(ADDRESS, "POST", "/api/posts", token=sign_in()["access_token"], form=form)
    assert status == 201, post
    return post["id"]


def tus(method, path, headers, content=None):
    """The headers of the answer to a request by tus."""
    headers = {"authorization": f"Bearer {sign_in()['access_token']}", "tus-resumable": "1.0.0"} | headers
    request = urllib.request.Request(ADDRESS + path, content, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.headers


@functools.cache
def picture_address():
    token = sign_in()["access_token"]
    return ADDRESS + call(ADDRESS, "GET", f"/api/posts/{new_post()}", token=token)[1]["cover"]["image_url"]


def give_up(path):
    """Ends an upload, as a member has a hundred under way at most."""
    try:
        tus("DELETE", path, {})
    except urllib.error.HTTPError:
        # It was used, or another worker was quicker.
        pass


begun = []


def new_upload(sent=b"", size=1 << 20):
    """The id of an upload of which something was sent."""
    while len(begun) > 20:
        give_up(begun.pop(0))
    path = tus("POST", "/api/uploads", {"upload-length": str(size)})["location"]
    if sent:
        piece = {"upload-offset": "0", "content-type": "application/offset+octet-stream"}
        tus("PATCH", path, piece, sent)
    begun.append(path)
    return path.rsplit("/", 1)[1]


def new_picture():
    """The ids of a post with two pictures, and of one of them."""
    path = f"/api/posts/{new_post()}/pictures"
    status, post = call(ADDRESS, "POST", path, token=sign_in()["access_token"], form={"image": new_file()})
    assert status == 201, post
    return post["id"], post["cover"]["id"]


def trashed_post():
    post = new_post()
    assert call(ADDRESS, "DELETE", f"/api/posts/{post}", token=sign_in()["access_token"])[0] == 204
    return post


def new_album():
    status, album = call(ADDRESS, "POST", "/api/albums", {"name": "Fuzzed"}, token=sign_in()["access_token"])
    assert status == 201, album
    return album["id"]


def new_link():
    """The ids of a post and of a share link to it."""
    post = new_post()
    status, link = call(ADDRESS, "POST", f"/api/posts/{post}/links", {}, token=sign_in()["access_token"])
    assert status == 201, link
    return post, link["id"]


def new_comment():
    token = sign_in()["access_token"]
    status, comment = call(ADDRESS, "POST", f"/api/posts/{new_post()}/comments", {"text": "For the test"}, token=token)
    assert status == 201, comment
    return comment["id"]


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
def administrators_browser():
    """A browser in which the administrator is signed in, as the panel takes no tokens."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    browser.addheaders = [("accept", "text/html")]
    page = browser.open(ADDRESS + "/sign-in", timeout=60).read().decode()
    csrf = re.search(r'name="csrf-token" content="([^"]*)"', page)[1]
    browser.open(ADDRESS + "/sign-in", urllib.parse.urlencode({"csrf_token": csrf} | ADMINISTRATOR).encode(), timeout=60)
    return browser


def letter(recipient, expression):
    """What an expression finds in the newest letter to somebody, which the server keeps for its administrator."""
    browser = administrators_browser()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        page = browser.open(ADDRESS + "/admin/mailbox", timeout=60).read().decode()
        for message in page.split("<article")[1:]:
            if recipient in message and (found := re.search(expression, message)):
                return found[1]
        time.sleep(0.05)
    raise AssertionError(f"no letter to {recipient}")


def new_number():
    # The generator seeds `random` anew for every case.
    return f"+7{9_000_000_000 + secrets.randbelow(1_000_000_000)}"


def reset_token():
    address = f"{new_member()['login']}@example.org"
    status, answer = call(ADDRESS, "POST", "/api/password-resets", {"email": address})
    assert status == 204, answer
    return letter(address, r"reset-password\?token=([^\s<]+)")


def phone_code():
    """(id, code) of a code that signs somebody up."""
    number = new_number()
    status, code = call(ADDRESS, "POST", "/api/phone-codes", {"phone": number, "display_name": "For the test"})
    assert status == 201, code
    return code["id"], letter(number, r"#([0-9]{6})")


class PhoneOwner:
    """The member whose number changes; of their codes only a few are sent in an hour."""

    login, codes = None, itertools.count()

    @classmethod
    def token(cls):
        cls.login = cls.login or new_member()
        return sign_in(cls.login)["access_token"]

    @classmethod
    def code(cls):
        number = new_number()
        form = {"phone": number, "password": LEAVING_PASSWORD}
        status, code = call(ADDRESS, "POST", "/api/members/me/phone-codes", form, token=cls.token())
        assert status == 201, code
        return {"code_id": code["id"], "code": letter(number, r"#([0-9]{6})")}


def other_session():
    """The id of a session that may end."""
    token = sign_in()["access_token"]
    sessions = call(ADDRESS, "GET", "/api/sessions?limit=100", token=token)[1]["items"]
    return next(session["id"] for session in sessions if session["is_current"])


def new_api_token():
    """The id of an API token that may end; the oldest go first, as a member has fifty at most."""
    token = sign_in()["access_token"]
    known = call(ADDRESS, "GET", "/api/api-tokens?limit=100", token=token)[1]["items"]
    for old in known[30:]:
        call(ADDRESS, "DELETE", f"/api/api-tokens/{old['id']}", token=token)
    status, made = call(ADDRESS, "POST", "/api/api-tokens", {"name": "test", "scopes": ["account:read"]}, token=token)
    assert status == 201, made
    return made["id"]


class TwoSteps:
    """A member who signs in in two steps, set up on the pages; each sign-in takes a recovery code, while there are any."""

    codes, login = None, None

    @classmethod
    def challenge(cls):
        if cls.codes is None:
            cls.login = new_member()
            cls.codes = two_factor.turn_on(ADDRESS, cls.login["login"], cls.login["password"])
        status, answer = call(ADDRESS, "POST", "/api/sessions", cls.login)
        assert status == 202, answer
        return {"challenge": answer["challenge"], "code": cls.codes.pop() if cls.codes else "000000"}


def new_password():
    """The last step of a sign-in by a password that is known from a breach; None once it was replaced."""
    status, answer = call(ADDRESS, "POST", "/api/sessions", json.loads(os.environ["ARTEL_BREACHED"]))
    return {"challenge": answer["challenge"], "password": LEAVING_PASSWORD} if status == 202 else None


class Factor:
    """A member whose second factor is changed by an operation, until it has succeeded once."""

    def __init__(self, is_on):
        self.is_on, self.token, self.codes = is_on, None, []

    def sign_in(self):
        if self.token is None:
            self.token = sign_in(new_member())["access_token"]
            if self.is_on:
                path, code = "/api/members/me/second-factor", self.code()
                self.codes = call(ADDRESS, "PUT", path, {"code": code}, token=self.token)[1]["codes"]
        return self.token

    def code(self):
        """The first code of a new authenticator; "000000" once there is one that counts."""
        status, setup = call(ADDRESS, "POST", "/api/members/me/second-factor/setup", token=self.token)
        return two_factor.code(setup["secret"]) if status == 201 else "000000"


FACTORS = {"renewRecoveryCodes": Factor(True), "endSecondFactor": Factor(True), "confirmSecondFactor": Factor(False)}


def new_device():
    """A device with a passkey of the member's, and the passkey's id; few, as a member has twenty at most."""
    device, token = passkey.Device(ADDRESS), sign_in()["access_token"]
    for old in call(ADDRESS, "GET", "/api/passkeys?limit=100", token=token)[1]["items"][10:]:
        call(ADDRESS, "DELETE", f"/api/passkeys/{old['id']}", token=token)
    status, options = call(ADDRESS, "POST", "/api/passkeys/challenges", token=token)
    assert status == 201, options
    status, made = call(ADDRESS, "POST", "/api/passkeys", device.make(options), token=token)
    assert status == 201, made
    return device, made["id"]


def passkey_creation():
    token = sign_in()["access_token"]
    return passkey.Device(ADDRESS).make(call(ADDRESS, "POST", "/api/passkeys/challenges", token=token)[1])


def passkey_sign_in():
    return new_device()[0].sign(call(ADDRESS, "POST", "/api/sessions/passkey/challenges")[1])


def phone_owners_token():
    """The token of somebody who has a number and nothing else."""
    code_id, code = phone_code()
    status, tokens = call(ADDRESS, "POST", f"/api/phone-codes/{code_id}/sessions", {"code": code})
    assert status == 201, tokens
    return tokens["access_token"]


class Token:
    """The token of one login, renewed before it ends, which is after ten minutes: a busy machine takes longer."""

    def __init__(self, login):
        self.login, self.text, self.made_at = login, None, 0

    def get(self):
        if self.text is None or time.monotonic() - self.made_at > 240:
            self.text, self.made_at = sign_in(self.login)["access_token"], time.monotonic()
        return self.text


MODERATORS_TOKEN, MEMBERS_TOKEN = Token(MODERATOR), Token(LOGIN)


def moderators_token():
    return MODERATORS_TOKEN.get()


def reported_post():
    """The id of a case that waits: a post that the moderator has reported."""
    post, token = new_post(), moderators_token()
    status, answer = call(ADDRESS, "POST", f"/api/posts/{post}/reports", {"reason": "spam"}, token=token)
    assert status == 204, answer
    path = "/api/moderation/cases?limit=100"
    while True:
        page = call(ADDRESS, "GET", path, token=token)[1]
        for waiting in page["items"]:
            if waiting["post_id"] == post:
                return waiting["id"]
        path = f"/api/moderation/cases?limit=100&after={page['next']}"


def picture_ban():
    """The id of a ban that may be lifted."""
    path, token = f"/api/moderation/cases/{reported_post()}/decision", moderators_token()
    status, answer = call(ADDRESS, "POST", path, {"decision": "ban"}, token=token)
    assert status == 204, answer
    return call(ADDRESS, "GET", "/api/moderation/bans?limit=1", token=token)[1]["items"][0]["id"]


@functools.cache
def other_member():
    """The username of somebody who stays."""
    return new_member()["login"]


class MemberToken:
    """One token for everything but what would end it: signing out, there or everywhere else, and leaving."""

    def get(self, case, context):
        if case.operation.definition.raw["operationId"] == "deleteCurrentSession":
            return sign_in()["access_token"]
        if factor := FACTORS.get(case.operation.definition.raw["operationId"]):
            return factor.sign_in()
        if case.operation.definition.raw["operationId"] == "createProofCode":
            return phone_owners_token()
        if case.operation.definition.raw["operationId"] in BY_OTHERS:
            return sign_in(new_member())["access_token"]
        if case.operation.definition.raw["operationId"] == "changePhone":
            return PhoneOwner.token()
        if case.operation.path.startswith("/api/moderation/"):
            return moderators_token()
        return MEMBERS_TOKEN.get()

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


if LOGIN:
    schemathesis.auth(refresh_interval=None)(MemberToken)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Aims at what exists, as no generator can guess it."""
    if "x-schemathesis-unknown-property" in case.headers and "Tus-Resumable" in case.headers:
        # A header that nobody asked for is no fault, as requests have many; this is one.
        case.headers["Tus-Resumable"] = "0"
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation = case.operation.definition.raw["operationId"]
    if case.query and case.query.get("after"):
        case.query["after"] = next_cursor(operation)
        if case.query["after"] is None:
            del case.query["after"]
        # A place belongs to one order, and to the posts of all tags.
        case.query.pop("order", None)
        case.query.pop("tag", None)
    if "Idempotency-Key" in case.headers:
        # Generators repeat simple texts, and a key belongs to one body.
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if operation in CHOOSING and isinstance(case.body, dict) and isinstance(case.body.get("password"), str):
        case.body = case.body | {"password": ("tusk vane ochre " + case.body["password"])[:128]}
    if operation == "createMember" and isinstance(case.body, dict):
        # Unique, which is no matter of a schema.
        name = uuid.uuid4().hex[:12]
        case.body = case.body | {"username": name, "email": f"{name}@example.org"}
    if operation == "fetchUpload" and LOGIN and isinstance(case.body, dict):
        # What there is on the web, is no matter of a schema.
        case.body = case.body | {"url": picture_address()}
    if operation == "createPost" and isinstance(case.body, dict) and "uploads" in case.body and "alts" in case.body:
        # There may be no more descriptions than pictures, which is no matter of a schema.
        case.body = case.body | {"alts": []}
    if operation == "createShareLink" and isinstance(case.body, dict) and case.body.get("until"):
        # Which days are ahead, and by how much, is no matter of a schema.
        case.body = case.body | {"until": (datetime.date.today() + datetime.timedelta(days=9)).isoformat()}
    if operation == "createShareLink" and isinstance(case.body, dict) and not str(case.body.get("password") or "").strip():
        # White space alone is no password, which is no matter of a schema.
        case.body = {name: value for name, value in case.body.items() if name != "password"}
    if "Upload-Checksum" in case.headers and isinstance(case.body, bytes):
        # What it is the checksum of, is no matter of a schema.
        digest = hashlib.sha256(case.body).digest()
        case.headers["Upload-Checksum"] = "sha256 " + base64.b64encode(digest).decode()
    if operation == "createUpload":
        # How much room there is, is no matter of a schema.
        case.headers["Upload-Length"] = "100"
    if operation == "createAPIToken" and isinstance(case.body, dict):
        # Which scopes there are stands in the operations.
        case.body = case.body | {"scopes": ["account:read"]}
        if LOGIN:
            new_api_token()
    if operation == "proveSession" and isinstance(case.body, dict) and not case.body.get("password"):
        # By what a member can prove who they are, is no matter of a schema.
        case.body = case.body | {"password": "a guess"}
    if operation == "decideModerationCase" and LOGIN:
        # Always, as the ban of a generated picture would refuse those that come after it.
        case.path_parameters["id"] = reported_post()
    if LOGIN is None or next(turn) % 2:
        return
    if operation in ("getPost", "updatePost", "deletePost", "listComments", "createComment",
                     "voteOnPost", "takeBackVoteOnPost", "addPictures", "reportPost", "listShareLinks", "createShareLink"):
        case.path_parameters["id"] = new_post()
    elif operation == "createPost" and isinstance(case.body, dict) and "uploads" in case.body:
        file = new_file()
        case.body = case.body | {"uploads": [new_upload(file, len(file))]}
    elif operation in ("getUpload", "deleteUpload"):
        case.path_parameters["id"] = new_upload()
    elif operation == "appendToUpload":
        case.path_parameters["id"] = new_upload(b"abc")
        case.headers["Upload-Offset"] = "3"
    elif operation == "revokeShareLink":
        case.path_parameters["id"], case.path_parameters["link"] = new_link()
    elif operation in ("updatePicture", "removePicture"):
        case.path_parameters["id"], case.path_parameters["picture"] = new_picture()
    elif operation in ("getAlbum", "updateAlbum", "deleteAlbum", "listAlbumPosts", "orderAlbum", "setAlbumCover"):
        case.path_parameters["id"] = new_album()
        if operation == "setAlbumCover" and isinstance(case.body, dict) and case.body.get("post"):
            case.body = case.body | {"post": None}
        if operation == "orderAlbum" and isinstance(case.body, dict):
            case.body = case.body | {"posts": []}
    elif operation in ("addToAlbum", "removeFromAlbum"):
        case.path_parameters["id"], case.path_parameters["post_id"] = new_album(), new_post()
    elif operation in ("getComment", "updateComment", "deleteComment", "voteOnComment", "takeBackVoteOnComment",
                       "reportComment"):
        case.path_parameters["id"] = new_comment()
    elif operation == "liftPictureBan":
        case.path_parameters["id"] = picture_ban()
    elif operation in ("restorePost", "erasePost"):
        case.path_parameters["id"] = trashed_post()
    elif operation in ("getMember", "muteMember", "unmuteMember", "blockMember", "unblockMember", "followMember", "unfollowMember",
                       "listFollowers", "listFollowing"):
        case.path_parameters["username"] = other_member()
    elif operation == "getTag":
        new_post()
        case.path_parameters["slug"] = "for-the-test"
    elif operation == "createSession":
        case.body = dict(LOGIN)
    elif operation == "deleteCurrentMember":
        case.body = {"password": LEAVING_PASSWORD}
    elif operation == "changePassword":
        case.body = {"current_password": LEAVING_PASSWORD, "password": LEAVING_PASSWORD + " again"}
    elif operation == "proveSession":
        case.body = {"password": LOGIN["password"]}
    elif operation == "confirmSecondFactor":
        FACTORS[operation].sign_in()
        case.body = {"code": FACTORS[operation].code()}
    elif operation in FACTORS:
        FACTORS[operation].sign_in()
        codes = FACTORS[operation].codes
        case.body = {"password": LEAVING_PASSWORD, "code": codes.pop() if codes else "000000"}
    elif operation == "createPasskey":
        case.body = passkey_creation()
    elif operation == "createSessionByPasskey":
        case.body = passkey_sign_in()
    elif operation == "deletePasskey":
        case.path_parameters["id"] = new_device()[1]
    elif operation == "changeEmail":
        case.body = {"email": f"{uuid.uuid4().hex[:12]}@example.org", "password": LEAVING_PASSWORD}
    elif operation == "createOwnPhoneCode":
        case.body = {"phone": new_number(), "password": LEAVING_PASSWORD}
    elif operation == "deletePhone":
        case.body = {"password": LEAVING_PASSWORD}
    elif operation == "changePhone" and next(PhoneOwner.codes) < 4:
        case.body = PhoneOwner.code()
    elif operation == "verifyEmail":
        case.body = {"token": letter(f"{new_member()['login']}@example.org", r"verify-email\?token=([^\s<]+)")}
    elif operation == "resetPassword":
        case.body = {"token": reset_token(), "password": LEAVING_PASSWORD + " again"}
    elif operation == "createSessionByPhoneCode":
        case.path_parameters["id"], code = phone_code()
        case.body = {"code": code}
    elif operation == "createSessionByCode":
        case.body = TwoSteps.challenge()
    elif operation == "createSessionByNewPassword":
        case.body = new_password() or case.body
    elif operation == "deleteSession":
        case.path_parameters["id"] = other_session()
    elif operation == "deleteAPIToken":
        case.path_parameters["id"] = new_api_token()
    elif operation == "readNotices":
        case.body = {"through": newest_notice()}
    elif operation == "refreshSession":
        case.body = {"refresh_token": sign_in()["refresh_token"]}


@schemathesis.hook
def after_call(context, case, response):
    if case.operation.definition.raw["operationId"] in ("createUpload", "fetchUpload") and response.status_code == 201:
        begun.append(response.headers["location"][0])
    with open(OUTCOMES, "a", encoding="ascii") as outcomes:
        outcomes.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")
