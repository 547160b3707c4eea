"""Who may do what: every route of the program, asked by every sort of caller, against docs/permissions.md."""

import functools
import itertools
import re
import subprocess
import time
import urllib.parse
import uuid

import pytest
import requests
import walk
from callers import Caller
from passkey import Device
from pictures import png
from server import ROOT, as_owner

ROLES = ["guest", "member", "owner", "moderator", "administrator", "expired", "revoked", "unscoped"]
ROUTE = re.compile(r'^artel_http_request_seconds_count\{method="(\w+)",route="([^"]+)"\}', re.MULTILINE)
LINE = re.compile(r"^\| `(\w+) (/[^` ]*)` \|([^|]*)\| (.*) \|$", re.MULTILINE)
# Routes after which the caller is another, or nobody: each is asked by somebody new.
ENDING = {
    ("DELETE", "/api/members/me"), ("DELETE", "/api/sessions/current"), ("DELETE", "/api/sessions"),
    ("POST", "/settings/sessions/end-others"), ("POST", "/api/exports"), ("POST", "/sign-out"), ("POST", "/sign-up"),
}


class Row:
    """One line of the table: a route, of which thing it is asked, and the answer each caller gets."""

    def __init__(self, method, path, thing, cells):
        self.method, self.path, self.thing = method, path, thing.strip()
        self.cells = dict(zip(ROLES, cells, strict=True))

    @property
    def route(self):
        return self.method, self.path

    def __str__(self):
        return f"{self.method} {self.path} {self.thing}".strip()


def rows_of(text):
    return [Row(method, path, thing, re.split(r" \| ", cells)) for method, path, thing, cells in LINE.findall(text)]


ROWS = rows_of((ROOT / "docs" / "permissions.md").read_text())


class World:
    """A server, one caller of each sort, and things of the owner's to ask for."""

    def __init__(self, artel):
        self.artel, self.names = artel, (f"walker{number}" for number in itertools.count())
        self.callers = {role: self.caller(role) for role in ROLES}
        self.owner = self.callers["owner"]
        # Each is banned, so nobody posts it again.
        self.banned_seeds = itertools.count(2)
        # Whom administrators look at and sign out.
        self.subject = self.caller("member").send("GET", "/api/members/me").json()["id"]

    def caller(self, role):
        """Somebody of the role whom no other line of the table knows."""
        if role == "guest":
            return Caller(self.artel)
        caller = Caller(self.artel, next(self.names)).sign_up()
        match role:
            case "moderator" | "administrator":
                flag = ["--moderator"] if role == "moderator" else []
                result = self.artel.command("member", "promote", caller.username, *flag)
                assert result.returncode == 0, result.stderr
                caller.sign_in()
            case "expired":
                caller.take_token("account:read", "account:write", "gallery:read", "gallery:write", "search:read")
                for table, used in (("api_tokens", ""), ("sessions", "last_used_at = last_used_at - interval '2 days', ")):
                    self.sql(
                        f"update {table} set {used} created_at = created_at - interval '2 days', "
                        "expires_at = now() - interval '1 day' "
                        f"where member_id = (select id from members where username = '{caller.username}')")
            case "revoked":
                assert caller.send("DELETE", "/api/sessions/current").status_code == 204
                assert caller.send("POST", "/sign-out").status_code == 303
                caller.renewed_at = None
            case "unscoped":
                caller.take_token("search:read").is_program = True
        return caller

    def sql(self, statement):
        subprocess.run(
            ["psql", "--host", f"{self.artel.data}/socket", "--username", "accounts", "--dbname", "accounts", "--quiet",
             "--command", statement], check=True, stdout=subprocess.DEVNULL, **as_owner(f"{self.artel.data}/postgres"))

    def by_owner(self, method, path, content=None):
        """What the API answers the owner who makes something."""
        return self.made(self.owner, method, path, content)

    def made(self, caller, method, path, content=None):
        status, answer = self.artel.api(method, path, content, token=caller.renew().token)
        assert 200 <= status < 300, answer
        return answer

    def session(self):
        """Another session of the owner's, which has just begun."""
        login = {"login": self.owner.username, "password": walk.password(self.owner.username)}
        self.by_owner("POST", "/api/sessions", login)
        # The youngest first.
        return self.by_owner("GET", "/api/sessions?limit=1")["items"][0]["id"]

    def api_token(self):
        """A token of the owner's that was just made."""
        wish = {"name": "wall", "scopes": ["search:read"]}
        return self.by_owner("POST", "/api/api-tokens", wish)["id"]

    def passkey(self):
        """A passkey of the owner's that was just added."""
        options = self.by_owner("POST", "/api/passkeys/challenges")
        return self.by_owner("POST", "/api/passkeys", Device(self.artel.address).make(options))["id"]

    @functools.cached_property
    def reporter(self):
        return self.caller("member")

    @functools.cached_property
    def judge(self):
        return self.caller("moderator")

    def ban(self):
        """The ban of a picture of the owner's that was just posted, reported and judged."""
        form = {"title": "Wall", "image": png(8, 8, seed=next(self.banned_seeds))}
        status, post = self.artel.api("POST", "/api/posts", token=self.owner.token, form=form)
        assert status == 201, post
        self.made(self.reporter, "POST", f"/api/posts/{post['id']}/reports", {"reason": "spam"})
        path, after = "/api/moderation/cases", ""
        while after is not None:
            page = self.made(self.judge, "GET", f"{path}?limit=100{after}")
            cases = [case["id"] for case in page["items"] if case["post_id"] == post["id"]]
            after = f"&after={page['next']}" if page["next"] and not cases else None
        self.made(self.judge, "POST", f"{path}/{cases[0]}/decision", {"decision": "ban"})
        return self.made(self.judge, "GET", "/api/moderation/bans?limit=1")["items"][0]["id"]

    def job(self):
        """A job that has just died."""
        job = str(uuid.uuid4())
        self.sql(
            "insert into jobs.jobs (id, kind, payload, priority, run_at, attempts, attempts_limit, state, ended_at) "
            f"values ('{job}', 'tests.nobody.knows', '{{}}', 1, now(), 1, 1, 'dead', now())")
        return job

    def post(self, thing):
        """A picture of the owner's that was just made, unlisted or private if the line says so."""
        visibility = next((word for word in ("unlisted", "private") if word in thing), "public")
        form = {"title": "Wall", "visibility": visibility, "image": png(8, 8)}
        status, post = self.artel.api("POST", "/api/posts", token=self.owner.token, form=form)
        assert status == 201, post
        if "of several" in thing:
            path = f"/api/posts/{post['id']}/pictures"
            status, post = self.artel.api("POST", path, token=self.owner.token, form={"image": png(8, 8, seed=1)})
            assert status == 201, post
        return post

    def link(self, post, thing):
        """A share link to a post of the owner's, with a password or already revoked if the line says so."""
        wish = {"password": "opened by words"} if "password" in thing else {}
        path = f"/api/posts/{post['id']}/links"
        status, link = self.artel.api("POST", path, wish, token=self.owner.token)
        assert status == 201, link
        if "revoked" in thing:
            assert self.artel.api("DELETE", f"{path}/{link['id']}", token=self.owner.token)[0] == 204
        return link

    def comment(self, thing):
        """What the owner has just said about a picture of their own."""
        path = f"/api/posts/{self.post(thing)['id']}/comments"
        status, comment = self.artel.api("POST", path, {"text": "Mine"}, token=self.owner.token)
        assert status == 201, comment
        return comment

    def album(self, thing):
        """An album of the owner's that was just made, private if the line says so."""
        wish = {"name": "Wall", "visibility": "private" if "private" in thing else "public"}
        status, album = self.artel.api("POST", "/api/albums", wish, token=self.owner.token)
        assert status == 201, album
        return album

    @functools.cached_property
    def export(self):
        """An archive of the owner's that is ready."""
        export = self.owner.send("POST", "/api/exports").json()
        while export["state"] == "making":
            time.sleep(0.05)
            export = self.owner.send("GET", f"/api/exports/{export['id']}").json()
        assert export["state"] == "ready", export
        return export["id"]

    def upload(self):
        """An upload that the owner has just begun."""
        headers = {"tus-resumable": "1.0.0", "upload-length": "3"}
        return self.owner.send("POST", "/api/uploads", headers=headers).headers["location"].rsplit("/", 1)[1]

    def path(self, row):
        """The address, with something of the owner's in it, or something that there is not."""
        path = row.path
        if row.path.startswith("/pictures/"):
            return urllib.parse.urlsplit(self.post(row.thing)["cover"]["image_url"]).path
        if row.path.startswith("/s/"):
            post = self.post(row.thing)
            picture = f"/pictures/{post['cover']['id']}/480.webp" if "{picture}" in path else ""
            return self.link(post, row.thing)["url"] + picture
        if row.path.startswith("/avatars/"):
            form = {"image": png(8, 8)}
            status, member = self.artel.api("PUT", "/api/members/me/avatar", token=self.owner.token, form=form)
            assert status == 200, member
            return member["avatar"]["url_64"]
        if "/posts/{id}" in path:
            post = self.post(row.thing)
            path = path.replace("{id}", post["id"]).replace("{picture}", post["cover"]["id"])
            if "{link}" in path:
                path = path.replace("{link}", self.link(post, row.thing)["id"])
        if "/albums/{id}" in path:
            path = path.replace("{id}", self.album(row.thing)["id"])
        if "{post_id}" in path:
            path = path.replace("{post_id}", self.post("")["id"])
        if "/trash/{id}" in path:
            post = self.post(row.thing)["id"]
            assert self.owner.send("DELETE", f"/api/posts/{post}").status_code == 204
            path = path.replace("{id}", post)
        if "/comments/{id}" in path:
            path = path.replace("{id}", self.comment(row.thing)["id"])
        if "/exports/{id}" in path:
            path = path.replace("{id}", self.export)
        if "/uploads/{id}" in path:
            path = path.replace("{id}", self.upload())
        for prefix, make in (
            ("/api/sessions/", self.session), ("/api/api-tokens/", self.api_token), ("/api/passkeys/", self.passkey),
            ("/api/moderation/bans/", self.ban), ("/moderation/bans/", self.ban), ("/admin/jobs/", self.job),
        ):
            if path.startswith(f"{prefix}{{id}}"):
                path = path.replace("{id}", make())
        if path.startswith("/admin/members/"):
            path = path.replace("{id}", self.subject)
        for name, value in {"id": str(uuid.uuid4()), "username": self.owner.username, "context": "accounts",
                            "table": "members", "name": "sign_up", "slug": "none"}.items():
            path = path.replace(f"{{{name}}}", value)
        return path.replace("/assets/**", "/assets/none.css")

    def content(self, row, caller):
        """What is sent; where nothing is said, an empty form, which whoever may come in is told of by 422."""
        name = uuid.uuid4().hex[:12]
        newcomer = {"username": name, "email": f"{name}@example.org", "display_name": name, "password": f"tusk vane {name}"}
        if row.route == ("POST", "/api/posts/{id}/comments"):
            return {"json": {"text": "Words"}}
        if row.path.endswith("/vote") and row.method != "DELETE":
            return {"json" if row.method == "PUT" else "data": {"type": "upvote"}}
        if row.path in ("/api/uploads", "/api/uploads/{id}"):
            headers = {"tus-resumable": "1.0.0", "upload-length": "3", "upload-offset": "0"}
            if row.method == "PATCH":
                return {"headers": headers | {"content-type": "application/offset+octet-stream"}, "data": b"abc"}
            return {"headers": headers}
        if row.route in (("POST", "/api/posts/{id}/pictures"), ("POST", "/posts/{id}/pictures")):
            return {"files": {"image": ("a.png", png(8, 8), "image/png")}}
        if row.path.endswith(("/report", "/reports")) and row.method == "POST":
            return {"json" if "/api/" in row.path else "data": {"reason": "spam"}}
        match str(row):
            case "POST /api/posts" | "POST /upload" | "PUT /api/members/me/avatar" | "POST /settings/profile/avatar":
                return {"files": {"image": ("a.png", png(8, 8), "image/png")}}
            case "GET /api/realtime/events":
                return {"stream": True}
            case "POST /api/members":
                return {"json": newcomer}
            case "POST /posts/{id}/comments of a public one" | "POST /comments/{id}/edit on a public post":
                return {"data": {"text": "Words"}}
            case "POST /albums/{id}/posts/{post_id} a public one" | "POST /albums/{id}/posts/{post_id} a private one":
                return {"data": {"act": "earlier"}}
            case "POST /sign-up":
                return {"data": newcomer}
            case "DELETE /api/members/me":
                return {"json": {"password": walk.password(caller.username or "")}}
        return {}

    def answer(self, row, role):
        """The status; or where the caller is led, if that is to sign in."""
        caller = self.caller(role) if row.route in ENDING else self.callers[role].renew()
        self.owner.renew()
        if row.path.endswith("/follow"):
            # As a line before this one had them block the owner.
            caller.send("DELETE", f"/api/members/{self.owner.username}/block")
        answer = caller.send(row.method, self.path(row), **self.content(row, caller))
        # Some answers have no end.
        answer.close()
        to_sign_in = answer.is_redirect and answer.headers["location"].startswith("/sign-in")
        return "sign-in" if to_sign_in else str(answer.status_code)


@pytest.fixture(scope="module")
def world(new_artel):
    return World(new_artel(ARTEL_RATE_FACTOR="1000").at_localhost().start())


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_route_answers_each_caller_as_the_table_says(world, row):
    assert {role: world.answer(row, role) for role in row.cells} == row.cells


# Fails with a line taken out of the table: seen for `GET /admin/log`.
def test_every_route_has_a_line(world):
    answer = requests.get(f"{world.artel.address}/metrics", timeout=60)
    routes = set(ROUTE.findall(answer.text)) - {("any", "none")}
    assert len(routes) > 100
    assert routes == {row.route for row in ROWS}
