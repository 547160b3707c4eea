"""The second factor without an app and without a browser: codes as RFC 6238 makes them, and the page by its forms."""

import base64
import hashlib
import hmac
import http.cookiejar
import re
import struct
import time
import urllib.parse
import urllib.request


def code(secret, at=None):
    """The six digits that an authenticator shows for a secret in base 32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int((at or time.time()) // 30)), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def turn_on(address, login, password):
    """Signs in and sets the second factor up; returns the recovery codes."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = "/settings/two-factor"

    def get(path):
        return opener.open(address + path, timeout=60).read().decode()

    def post(path, html, **fields):
        fields["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', html)[1]
        return opener.open(address + path, urllib.parse.urlencode(fields).encode(), timeout=60).read().decode()

    post("/sign-in", get("/sign-in"), login=login, password=password)
    html = post(f"{page}/begin", get(page))
    secret = re.search(r"data-secret>([A-Z2-7 ]+)<", html)[1].replace(" ", "")
    html = post(f"{page}/confirm", html, code=code(secret))
    return re.findall(r"<li>([0-9a-z]{5}-[0-9a-z]{5})</li>", html)
