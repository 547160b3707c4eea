"""Those who make requests: guests, members by cookie or token, programs, and people whose proof is worth nothing any more."""

import re
import time

import requests
import walk

CSRF = re.compile(r'name="csrf-token" content="([^"]*)"')


class Caller:
    """Somebody with a browser's cookies, for pages, and a token, for the API; neither for a guest."""

    def __init__(self, artel, username=None):
        self.artel, self.username = artel, username
        self.browser = requests.Session()
        self.browser.headers["accept-language"] = "en"
        self.token = self.refresh_token = None
        # When the token is to be replaced; never for one that is not of a session that goes on.
        self.renewed_at = None
        # A program has no cookies: it shows its token everywhere.
        self.is_program = False

    def sign_up(self):
        status, answer = self.artel.api("POST", "/api/members", {
            "username": self.username, "email": f"{self.username}@example.org", "password": walk.password(self.username)})
        assert status == 201, answer
        return self.sign_in()

    def sign_in(self):
        login = {"login": self.username, "password": walk.password(self.username)}
        status, answer = self.artel.api("POST", "/api/sessions", login)
        assert status == 201, answer
        self.token, self.refresh_token = answer["access_token"], answer["refresh_token"]
        self.renewed_at = time.monotonic() + 240
        self.browser.cookies.clear()
        assert self._page("POST", "/sign-in", data=login).status_code == 303
        return self

    def renew(self):
        """Takes another access token in time: each ends after ten minutes, sooner than all tests do on a busy machine."""
        if self.renewed_at and time.monotonic() > self.renewed_at:
            self.token = self.artel.sign_in(self.username)
            self.renewed_at = time.monotonic() + 240
        return self

    def take_token(self, *scopes):
        """Shows an API token with these scopes from now on, instead of the session's."""
        answer = self.send("POST", "/api/api-tokens", json={"name": "walker", "scopes": scopes})
        assert answer.status_code == 201, answer.text
        self.token, self.renewed_at = answer.json()["token"], None
        return self

    def send(self, method, path, **content):
        """The answer to one request, by token for the API and by cookie for a page; redirects are not followed."""
        if path.startswith("/api/"):
            empty = {} if method == "GET" else {"json": {}}
            return self._by_token(method, path, "application/json", **(content or empty))
        if self.is_program:
            return self._by_token(method, path, "text/html", **content)
        return self._page(method, path, **content)

    def _by_token(self, method, path, accept, headers=None, **content):
        own = {"authorization": f"Bearer {self.token}"} if self.token else {}
        headers = {"accept": accept} | own | (headers or {})
        return requests.request(
            method, self.artel.address + path, headers=headers, allow_redirects=False, timeout=120, **content)

    def _page(self, method, path, data=None, **content):
        if method != "GET":
            form = self.browser.get(f"{self.artel.address}/search", timeout=120)
            data = {"csrf_token": CSRF.search(form.text).group(1)} | (data or {})
        return self.browser.request(
            method, self.artel.address + path, data=data, headers={"accept": "text/html"}, allow_redirects=False,
            timeout=120, **content)
