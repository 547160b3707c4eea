"""Mails and text messages of a running server, taken by a real SMTP server and a real HTTP one, in all their moods."""

import email
import email.policy
import http.server
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request

import pytest
import requests
import two_factor
import walk
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from callers import Caller
from playwright.sync_api import expect
from server import _free_port, eventually

PASSWORD = "correct horse lovelace"


class Inbox:
    """What an SMTP server does with what it gets: takes it, or says `answer` at `step`."""

    def __init__(self):
        self.mails, self.envelopes, self.logins = [], [], []
        self.step, self.answer, self.times = None, None, 0

    def refuse(self, step, answer, times=1000):
        self.step, self.answer, self.times = step, answer, times

    def _mood(self, step):
        if self.step == step and self.times > 0:
            self.times -= 1
            return self.answer
        return None

    async def handle_MAIL(self, server, session, envelope, address, options):
        if answer := self._mood("MAIL"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := self._mood("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if answer := self._mood("DATA"):
            return answer
        self.envelopes.append((session.ssl is not None, envelope.mail_from, envelope.rcpt_tos, envelope.content))
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((session.ssl is not None, data.login, data.password))
        return AuthResult(success=data.password == b"open sesame")


class SlowServer(SMTP):
    """Says nothing at all."""

    async def _handle_client(self):
        import asyncio
        await asyncio.sleep(3600)


@pytest.fixture(scope="module")
def certificate():
    """A folder that the server's user can read, with a certificate for 127.0.0.1 that only its own file vouches for."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="artel-letters-"))
    folder.chmod(0o755)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def mail_server(certificate):
    """Starts SMTP servers; `tls` is starttls (required for AUTH and MAIL), implicit or none."""
    controllers = []

    def start(inbox, tls="starttls", port=None, server_class=SMTP):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        options = {"authenticator": inbox.authenticate}
        if tls == "starttls":
            options |= {"tls_context": context, "require_starttls": True, "auth_required": True}
        if tls == "implicit":
            options |= {"auth_require_tls": False, "auth_required": True}

        class Listener(Controller):
            def factory(self):
                return server_class(self.handler, **self.SMTP_kwargs)

        controller = Listener(inbox, hostname="127.0.0.1", port=port or _free_port(),
                              ssl_context=context if tls == "implicit" else None, ready_timeout=60, **options)
        controller.start()
        controllers.append(controller)
        return controller

    yield start
    for controller in controllers:
        if controller._thread is not None:
            controller.stop()


class Gateway(http.server.BaseHTTPRequestHandler):
    """A service for text messages."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((dict(self.headers), body))
        status = self.server.statuses.pop(0) if self.server.statuses else 202
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def gateway():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.requests, server.statuses = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def sending(new_artel, certificate, gateway):
    """A server with a mail server at a fixed port and a service for text messages; (artel, port)."""
    port = _free_port()
    secrets = {"password": "open sesame\n", "token": "bearer of messages\n".replace(" ", "-")}
    for name, secret in secrets.items():
        (certificate / name).write_text(secret)
    artel = new_artel(
        ARTEL_URL="https://hub.example.org",
        ARTEL_MAIL_URL=f"smtp://artel@127.0.0.1:{port}",
        ARTEL_MAIL_FROM="Артель на Неве <post@hub.example.org>",
        ARTEL_MAIL_PASSWORD_FILE=str(certificate / "password"),
        ARTEL_MAIL_CA_FILE=str(certificate / "cert.pem"),
        ARTEL_SMS_URL=f"http://127.0.0.1:{gateway.server_address[1]}/messages",
        ARTEL_SMS_TOKEN_FILE=str(certificate / "token"),
        ARTEL_RATE_FACTOR="100",
    ).start()
    return artel, port


def sign_up(artel, username):
    status, answer = artel.api("POST", "/api/members", {
        "username": username, "email": f"{username}@example.org", "password": PASSWORD})
    assert status == 201, answer


def jobs(artel, state):
    result = artel.command("jobs", "list", "--state", state)
    assert result.returncode == 0, result.stderr
    return [line for line in result.stdout.splitlines() if "accounts.letters.send" in line]


def delivered(artel):
    """Waits until nothing is to be sent any more; whoever gets a letter has it before the server knows that."""
    def waits():
        result = artel.command("jobs", "list", "--kind", "accounts.letters.send", "--limit", "1000", "--json")
        assert result.returncode == 0, result.stderr
        return [job for job in json.loads(result.stdout) if job["state"] in ("queued", "running")]
    eventually(lambda: not waits(), "the end of all letters")


def test_a_mail_goes_out_encrypted_and_is_well_formed(sending, mail_server):
    artel, port = sending
    inbox = Inbox()
    controller = mail_server(inbox, port=port)
    sign_up(artel, "wellformed")
    mail = eventually(lambda: inbox.mails and inbox.mails[0], "the mail")
    delivered(artel)
    controller.stop()
    encrypted, sender, recipients, content = inbox.envelopes[0]
    assert encrypted and inbox.logins == [(True, b"artel", b"open sesame")]
    assert (sender, recipients) == ("post@hub.example.org", ["wellformed@example.org"])
    assert mail["to"] == "<wellformed@example.org>" or mail["to"].addresses[0].addr_spec == recipients[0]
    assert mail["from"].addresses[0].display_name == "Артель на Неве"
    assert mail["subject"] == "Is this your address?"
    assert mail["message-id"].endswith("@hub.example.org>") and mail["date"].datetime
    assert not mail.defects and not [part.defects for part in mail.walk() if part.defects]
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text = mail.get_body(("plain",)).get_content()
    link = re.search(r"https://hub\.example\.org/verify-email\?token=\S+", text)[0]
    assert link in mail.get_body(("html",)).get_content()
    assert b"\r\n" in content and not re.search(rb"[^\r]\n", content) and content.isascii()
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))


def test_a_server_that_is_down_gets_the_mail_later(sending, mail_server):
    artel, port = sending
    sign_up(artel, "patient")
    eventually(lambda: any("nobody answers" in line for line in jobs(artel, "queued")), "the failed attempt")
    inbox = Inbox()
    controller = mail_server(inbox, port=port)
    eventually(lambda: inbox.mails, "the mail")
    delivered(artel)
    controller.stop()
    assert len(inbox.mails) == 1


@pytest.mark.parametrize(("name", "step", "answer", "state", "reason"), [
    ("later", "RCPT", "451 come again", "queued", "cannot take the mail now: 451"),
    ("laterdata", "DATA", "452 no room", "queued", "cannot take the mail now: 452"),
    ("never", "RCPT", "550 nobody of this name: never@example.org", "dead", "refuses the mail with 550"),
    ("neverdata", "DATA", "554 smells of spam", "dead", "refuses the mail with 554"),
])
def test_a_refusal_is_told_to_the_operator_without_addresses(
        sending, mail_server, name, step, answer, state, reason):
    artel, port = sending
    inbox = Inbox()
    inbox.refuse(step, answer)
    controller = mail_server(inbox, port=port)
    sign_up(artel, name)
    lines = eventually(lambda: [line for line in jobs(artel, state) if reason in line], reason)
    assert "example.org" not in lines[0]
    inbox.refuse(None, None)
    if state == "queued":
        eventually(lambda: inbox.mails, "the mail")
        delivered(artel)
    controller.stop()


def test_a_server_without_starttls_gets_nothing(sending, mail_server):
    artel, port = sending
    inbox = Inbox()
    controller = mail_server(inbox, tls="none", port=port)
    sign_up(artel, "clear")
    eventually(lambda: any("STARTTLS" in line for line in jobs(artel, "queued")), "the refusal")
    assert not inbox.mails and not inbox.logins
    controller.stop()
    secure = Inbox()
    controller = mail_server(secure, port=port)
    eventually(lambda: secure.mails, "the mail")
    delivered(artel)
    controller.stop()


def listener(port, answer):
    """Accepts whoever comes, says `answer`, and then nothing."""
    server = socket.create_server(("127.0.0.1", port))

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            try:
                if answer is None:
                    connection.close()
                else:
                    connection.sendall(answer)
                    connection.settimeout(1)
                    connection.recv(1000)
                    connection.close()
            except OSError:
                pass

    threading.Thread(target=serve, daemon=True).start()
    return server


@pytest.mark.parametrize(("name", "answer"), [
    ("garbage", b"\x00\xff\xfe not a mail server\r\n" * 20), ("hangup", None), ("closed", b"554 go away\r\n"),
    ("endless", b"220-" + b"x" * 200_000),
])
def test_garbage_is_a_failure_that_passes(sending, mail_server, name, answer):
    artel, port = sending
    server = listener(port, answer)
    sign_up(artel, name)
    eventually(lambda: jobs(artel, "queued") and all("0/10" not in line for line in jobs(artel, "queued")),
           "the failed attempt")
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    inbox = Inbox()
    controller = mail_server(inbox, port=port)
    eventually(lambda: inbox.mails, "the mail")
    delivered(artel)
    controller.stop()


def test_a_text_message_goes_to_the_service_with_the_token(sending, gateway):
    artel, _ = sending
    gateway.requests.clear()
    gateway.statuses[:] = [503]
    status, code = artel.api("POST", "/api/phone-codes", {"phone": "+79991234567", "display_name": "Ada \"the\" \\"})
    assert status == 201
    eventually(lambda: len(gateway.requests) == 2, "the second attempt")
    headers, body = gateway.requests[1]
    message = json.loads(body)
    assert message["to"] == "+79991234567"
    digits = re.match(r"[0-9]{6}", message["text"])[0]
    assert message["text"].endswith(f"@hub.example.org #{digits}")
    assert headers["Authorization"] == "Bearer bearer-of-messages"
    assert headers["Idempotency-Key"] == gateway.requests[0][0]["Idempotency-Key"]
    assert gateway.requests[0][1] == body
    status, tokens = artel.api("POST", f"/api/phone-codes/{code['id']}/sessions", {"code": digits})
    assert status == 201
    me = artel.api("GET", "/api/members/me", token=tokens["access_token"])[1]
    assert (me["username"], me["phone"]) == ("ada-the", "+79991234567")


@pytest.mark.parametrize(("status", "state", "reason"), [
    (400, "dead", "refuses it with 400"), (302, "queued", "answers 302"), (401, "queued", "accept the token")])
def test_a_service_that_refuses_is_told_to_the_operator(sending, gateway, status, state, reason):
    artel, _ = sending
    gateway.statuses[:] = [status] * 20
    artel.api("POST", "/api/phone-codes", {"phone": f"+7999000{status:04}"})
    lines = eventually(lambda: [line for line in jobs(artel, state) if reason in line], reason)
    assert "+7999" not in lines[0]
    gateway.statuses.clear()


def test_a_link_never_takes_its_host_from_a_request(sending, mail_server):
    artel, port = sending
    inbox = Inbox()
    controller = mail_server(inbox, port=port)
    sign_up(artel, "poisoned")
    eventually(lambda: inbox.mails, "the first mail")
    request = urllib.request.Request(
        f"{artel.address}/api/password-resets", json.dumps({"email": "poisoned@example.org"}).encode(),
        {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Content-Type": "application/json"})
    assert urllib.request.urlopen(request, timeout=60).status == 204
    mail = eventually(lambda: len(inbox.mails) == 2 and inbox.mails[1], "the link")
    delivered(artel)
    controller.stop()
    for part in ("plain", "html"):
        text = mail.get_body((part,)).get_content()
        assert "https://hub.example.org/reset-password?token=artel_pr_" in text and "evil" not in text


class CookiesOverHTTP(requests.cookies.RequestsCookieJar):
    """Sends cookies that are for https alone, too, as the public address is https and the test's is not."""

    def set_cookie(self, cookie, *arguments, **options):
        cookie.secure = False
        return super().set_cookie(cookie, *arguments, **options)


def send(caller, status, method, path, **fields):
    answer = caller.send(method, path, json=fields)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def used_by_pages_and_programs(artel):
    """What somebody typed and was given who signed in in every way, rightly and wrongly, by what it is."""
    caller = Caller(artel, "loud")
    caller.browser.cookies = CookiesOverHTTP()
    caller.sign_up()
    secrets = {
        "password": walk.password("loud"), "wrong password": "mistyped horse loud", "access token": caller.token,
        "session cookie": caller.browser.cookies["artel_session"]}
    assert caller.send("GET", "/settings/sessions").status_code == 200
    wrong = {"login": "loud", "password": secrets["wrong password"]}
    send(caller, 401, "POST", "/api/sessions", **wrong)
    assert caller.send("POST", "/sign-in", data=wrong).status_code in (401, 422)
    made = send(caller, 201, "POST", "/api/api-tokens", name="log", scopes=["account:read"])
    secrets["API token"] = made["token"]
    program = Caller(artel)
    program.token = made["token"]
    send(program, 200, "GET", "/api/members/me")
    send(program, 403, "POST", "/api/api-tokens", name="log", scopes=["account:read"])
    return caller, secrets


def used_in_two_steps(caller):
    """The same of the second factor."""
    key = send(caller, 201, "POST", "/api/members/me/second-factor/setup")["secret"]
    first, second = two_factor.code(key), two_factor.code(key, time.time() + 30)
    recovery = send(caller, 200, "PUT", "/api/members/me/second-factor", code=first)["codes"]
    login = {"login": "loud", "password": walk.password("loud")}
    challenge = send(caller, 202, "POST", "/api/sessions", **login)["challenge"]
    send(caller, 401, "POST", "/api/sessions/second-factor", challenge=challenge, code=first)
    send(caller, 201, "POST", "/api/sessions/second-factor", challenge=challenge, code=second)
    another = send(caller, 202, "POST", "/api/sessions", **login)["challenge"]
    send(caller, 201, "POST", "/api/sessions/second-factor", challenge=another, code=recovery[0])
    return {
        "authenticator's key": key, "its first code": first, "its second code": second, "recovery code": recovery[0],
        "challenge": challenge, "other challenge": another}


def used_by_refreshing(caller):
    """The same of refreshing a session, and of ending it by showing a token twice."""
    pair = send(caller, 200, "POST", "/api/sessions/refresh", refresh_token=caller.refresh_token)
    send(caller, 401, "POST", "/api/sessions/refresh", refresh_token=caller.refresh_token)
    return {
        "refresh token": caller.refresh_token, "next refresh token": pair["refresh_token"],
        "next access token": pair["access_token"]}


def used_by_phone(artel, gateway):
    """The same of signing in by phone."""
    gateway.requests.clear()
    number = "+79995550101"
    guest = Caller(artel)
    asked = send(guest, 201, "POST", "/api/phone-codes", phone=number, display_name="Loud")
    # What was refused before may come again meanwhile.
    messages = eventually(lambda: [
        message for message in (json.loads(body) for _, body in list(gateway.requests)) if message["to"] == number],
        "the text message")
    code = re.match(r"[0-9]{6}", messages[0]["text"])[0]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    send(guest, 401, "POST", f"/api/phone-codes/{asked['id']}/sessions", code=wrong)
    tokens = send(guest, 201, "POST", f"/api/phone-codes/{asked['id']}/sessions", code=code)
    return {"phone number": number, "code of the phone": code, "wrong code": wrong, "phone's token": tokens["access_token"]}


# Fails with a line in the log that holds one of them: seen for each of them, planted.
def test_no_log_holds_a_token_or_a_code(sending, gateway, mail_server):
    artel, port = sending
    log = pathlib.Path(artel.log)
    before = len(log.read_text())
    inbox = Inbox()
    controller = mail_server(inbox, port=port)
    sign_up(artel, "quiet")
    mail = eventually(lambda: inbox.mails and inbox.mails[-1], "the mail")
    controller.stop()
    token = re.search(r"token=(\S+)", mail.get_body(("plain",)).get_content())[1]
    page = urllib.request.urlopen(f"{artel.address}/verify-email?token={token}", timeout=60)
    assert page.headers.get_all("Referrer-Policy") == ["strict-origin"]
    assert page.headers["Cache-Control"] == "no-store"
    caller, secrets = used_by_pages_and_programs(artel)
    secrets |= used_in_two_steps(caller) | used_by_refreshing(caller) | used_by_phone(artel, gateway)
    secrets |= {
        "link": token, "mail server's password": "open sesame", "service's token": "bearer-of-messages",
        "mail address": "quiet@example.org"}
    for route in ("/verify-email", "/api/sessions/refresh", "/api/phone-codes/{id}/sessions"):
        eventually(lambda: f'"{route}"' in log.read_text()[before:], f"the line of {route}")
    text = log.read_text()[before:]
    # A code may be a part of another number by chance.
    held = [name for name, secret in secrets.items() if re.search(rf"(?<![\w.]){re.escape(secret)}(?!\w)", text)]
    assert not held


@pytest.mark.parametrize(("settings", "name"), [
    ({"ARTEL_MAIL_URL": "http://mail"}, "ARTEL_MAIL_"),
    ({"ARTEL_MAIL_URL": "smtp://mail.example.org"}, "ARTEL_MAIL_FROM"),
    ({"ARTEL_MAIL_URL": "smtp://mail.example.org", "ARTEL_MAIL_FROM": "post@example.org"}, "ARTEL_URL"),
    ({"ARTEL_MAIL_FROM": "nobody"}, "ARTEL_MAIL_FROM"),
    ({"ARTEL_MAIL_PASSWORD_FILE": "/nonexistent"}, "ARTEL_MAIL_PASSWORD_FILE"),
    ({"ARTEL_SMS_URL": "sms.example.org"}, "ARTEL_SMS_URL"),
    ({"ARTEL_SMS_URL": "https://sms.example.org", "ARTEL_SMS_BODY": "{number}"}, "ARTEL_SMS_BODY"),
])
def test_a_bad_setting_stops_the_start_and_is_named(new_artel, settings, name):
    server = new_artel(**settings)
    server.launch()
    assert server.process.wait(240) == 64
    assert name in server.log_end()


def test_mails_of_implicit_tls_arrive_too(new_artel, mail_server, certificate):
    inbox = Inbox()
    controller = mail_server(inbox, tls="implicit")
    artel = new_artel(
        ARTEL_URL="https://hub.example.org", ARTEL_MAIL_URL=f"smtps://artel@127.0.0.1:{controller.port}",
        ARTEL_MAIL_FROM="post@hub.example.org", ARTEL_MAIL_PASSWORD="open sesame",
        ARTEL_MAIL_CA_FILE=str(certificate / "cert.pem")).start()
    sign_up(artel, "implicit")
    eventually(lambda: inbox.mails, "the mail")
    controller.stop()


@pytest.fixture(scope="module")
def keeping(new_artel, browser):
    """A server that delivers nothing, and its administrator's cookies."""
    artel = new_artel().start()
    context = browser.new_context(base_url=artel.address, locale="en-US")
    page = context.new_page()
    page.goto(artel.setup_links()[-1].replace(artel.setup_links()[-1].split("/setup")[0], artel.address))
    page.fill("[name=display_name]", "Margaret Hamilton")
    page.fill("[name=username]", "margaret")
    page.fill("[name=email]", "margaret@example.org")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button.button-primary")
    expect(page).to_have_url(f"{artel.address}/")
    state = context.storage_state()
    context.close()
    return artel, state


def kept(page, recipient, word):
    """The newest letter to somebody with a word in it."""
    def look():
        page.goto("/admin/mailbox")
        texts = page.locator(".mailbox-message", has_text=recipient).filter(has_text=word).all_inner_texts()
        return texts[0] if texts else None
    return eventually(look, f"the letter to {recipient}")


def test_a_forgotten_password_and_a_new_number_in_the_browser(visit, keeping, results):
    artel, state = keeping
    administrator = visit(state, server=artel)
    page = visit(server=artel)
    walk.sign_up(page, "forgetful", "Forgetful Member")
    link = re.search(r"/verify-email\?token=\S+", kept(administrator, "forgetful@example.org", "verify-email"))[0]
    page.goto(link)
    page.screenshot(path=results / "letters-verify.png", full_page=True)
    page.click("main form button.button-primary")
    expect(page).to_have_url(f"{artel.address}/settings/email")
    expect(page.get_by_text("Verified", exact=True)).to_be_visible()

    page.goto("/settings/phone")
    page.fill("[name=phone]", "+7 999 123-45-67")
    page.fill("form.settings-form [name=password] >> nth=0", "correct horse forgetful")
    page.click("main form button.button-primary")
    code = re.search(r"[0-9]{6}", kept(administrator, "+79991234567", "code"))
    code = re.search(r"#([0-9]{6})", kept(administrator, "+79991234567", "code"))[1]
    page.fill("[name=code]", code)
    page.screenshot(path=results / "letters-settings-code.png", full_page=True)
    page.click("main form button.button-primary")
    expect(page.get_by_text("+79991234567")).to_be_visible()

    guest = visit(server=artel)
    guest.goto("/sign-in")
    guest.click("text=Forgot the password?")
    guest.fill("[name=email]", "forgetful@example.org")
    guest.click("main form button.button-primary")
    expect(guest.get_by_text("a mail is on its way")).to_be_visible()
    guest.screenshot(path=results / "letters-forgot.png", full_page=True)
    link = re.search(r"/reset-password\?token=\S+", kept(administrator, "forgetful@example.org", "reset-password"))[0]
    guest.goto(link)
    guest.fill("[name=password]", "another battery staple")
    guest.screenshot(path=results / "letters-reset.png", full_page=True)
    guest.click("main form button.button-primary")
    expect(guest).to_have_url(f"{artel.address}/sign-in")
    page.goto("/settings/password")
    expect(page).to_have_url(re.compile(r"/sign-in"))

    guest.goto("/sign-in/phone")
    guest.fill("[name=phone]", "+79991234567")
    guest.click("main form button.button-primary")
    first = code
    eventually(lambda: re.search(
        r"#([0-9]{6})", kept(administrator, "+79991234567", "code"))[1] != first, "the second code")
    code = re.search(r"#([0-9]{6})", kept(administrator, "+79991234567", "code"))[1]
    guest.fill("[name=code]", code)
    guest.screenshot(path=results / "letters-code.png", full_page=True)
    guest.click("main form button.button-primary")
    expect(guest).to_have_url(f"{artel.address}/")
    administrator.screenshot(path=results / "letters-mailbox.png", full_page=True)
