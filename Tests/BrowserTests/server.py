"""Artel as a process under test: started, asked, interrupted, killed, started again."""

import hashlib
import itertools
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
# These only end tests that hang: a busy machine may be five times slower than ours.
START_SECONDS = 240
STOP_SECONDS = 90
# Below those that systems choose by themselves, and others for each of the two processes that run tests: nobody takes
# one between a look and its use, or while a server is down.
_PORTS = range(20_000, 26_000) if os.environ.get("PYTEST_XDIST_WORKER", "gw0")[-1] in "02468" else range(26_000, 32_000)
_ports = itertools.cycle([*_PORTS[(first := random.randrange(len(_PORTS))):], *_PORTS[:first]])


def eventually(condition, what, seconds=180):
    """What `condition()` returns once that is true. `what` says what should have come, or is called to tell more."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what() if callable(what) else f"{what} did not come within {seconds} s"
        time.sleep(0.05)
    return found


def unfinished_uploads(data):
    """What processes have in `incoming/`, besides their folders and locks."""
    folder = pathlib.Path(data) / "blobs" / "incoming"
    return sorted(str(path.relative_to(folder)) for path in folder.glob("*/*") if path.name != "lock")


def as_owner(folder):
    """How to run a program as the owner of a folder."""
    owner = pathlib.Path(folder).stat().st_uid
    return {"user": owner, "cwd": "/"} if owner != os.geteuid() else {}


class Artel:
    """One data directory and one port, over any number of starts."""

    def __init__(self, binary, data, log, options=(), environment=None):
        self.binary, self.data, self.log, self.options = binary, data, log, list(options)
        self.environment = environment or {}
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = None
        # Where it writes its access log to instead of `log`.
        self.output = None
        # How long the log was before the latest start.
        self.log_before = 0

    def at_localhost(self):
        """The same, at an address that devices make passkeys for: with https, or, as here, at localhost."""
        self.address = self.environment["ARTEL_URL"] = f"http://localhost:{self.port}"
        return self

    def know_breached(self, password):
        """Lists a password as known from a breach, from the next start on."""
        listed = pathlib.Path(self.data) / "breached.txt"
        listed.write_text(hashlib.sha1(password.encode()).hexdigest().upper() + ":3\n")
        listed.chmod(0o644)
        self.environment["ARTEL_BREACHED_PASSWORDS_FILE"] = str(listed)

    def launch(self):
        """Starts, and returns at once."""
        command = [self.binary, "serve", "--host", "127.0.0.1", "--port", str(self.port), "--data", self.data]
        environment = os.environ | {"ARTEL_SHARE": str(ROOT / "share")} | self.environment
        with open(self.log, "ab") as log:
            self.log_before = len(self.log_text())
            self.process = subprocess.Popen(
                command + self.options, stdin=subprocess.DEVNULL, stdout=self.output or log, stderr=log, env=environment)

    def start(self):
        """Starts, and returns when the server says that it is ready, and where it is, with the set-up link perhaps."""
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        while not (self.is_ready() and "Artel is at " in self.log_text()[self.log_before:]):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"Artel did not start; the end of its log:\n{self.log_end()}")
            time.sleep(0.05)
        return self

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.address}/health/ready", timeout=30) as response:
                return response.status == 200
        except OSError:
            return False

    def accepts(self):
        """Whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def interrupt(self):
        """What Ctrl-C does; `wait_for_end` tells how it went."""
        self.process.send_signal(signal.SIGINT)

    def kill(self):
        """No chance to say goodbye; PostgreSQL goes on by itself."""
        self.process.kill()
        self.process.wait()

    def wait_for_end(self):
        return self.process.wait(STOP_SECONDS)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"Artel did not stop; the end of its log:\n{self.log_end()}") from None

    def setup_links(self):
        """The links for the administrator that all starts so far have printed."""
        return re.findall(r"http://\S+/setup\?token=\S+", pathlib.Path(self.log).read_text(errors="replace"))

    def log_text(self):
        return pathlib.Path(self.log).read_text(errors="replace")

    def log_end(self):
        return "\n".join(self.log_text().splitlines()[-40:])

    def command(self, *arguments, data=None, stdin="", **environment):
        """Runs a command of the program beside the server, by default on the same data."""
        return subprocess.run(
            [self.binary, *arguments, "--data", data or self.data], input=stdin, text=True, capture_output=True,
            env=os.environ | {"ARTEL_SHARE": str(ROOT / "share")} | environment, timeout=600)

    def events(self):
        """How far each consumer of events is, and what was put aside, as operators see it."""
        result = self.command("events", "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def unsettled_events(self, seconds):
        """What is still behind or put aside once the consumers of events had so long."""
        deadline = time.monotonic() + seconds
        while True:
            report = self.events()
            assert report["consumers"], "nobody reads events"
            rest = [lag for lag in report["consumers"] if lag["events"]] + report["deferred"]
            if not rest or time.monotonic() > deadline:
                return rest
            time.sleep(0.2)

    def api(self, method, path, body=None, token=None, form=None):
        """(status, parsed body) of one JSON call; `form` sends multipart instead."""
        return call(self.address, method, path, body, token, form)

    def new_member(self, username):
        """Signs somebody up and in over JSON; returns the access token."""
        status, answer = self.api("POST", "/api/members", {
            "username": username, "email": f"{username}@example.org", "password": f"correct horse {username}"})
        assert status == 201, answer
        return self.sign_in(username)

    def sign_in(self, username):
        """An access token of a member whom `new_member` signed up."""
        status, answer = self.api(
            "POST", "/api/sessions", {"login": username, "password": f"correct horse {username}"})
        assert status in (200, 201), answer
        return answer["access_token"]


def call(address, method, path, body=None, token=None, form=None, agent=None):
    """(status, parsed body) of one JSON call to a server; `form` sends multipart instead."""
    headers = {"accept": "application/json", "accept-language": "en"}
    if agent:
        headers["user-agent"] = agent
    if token:
        headers["authorization"] = f"Bearer {token}"
    content = None
    if form is not None:
        headers["content-type"], content = multipart(form)
    elif body is not None:
        headers["content-type"], content = "application/json", json.dumps(body).encode()
    request = urllib.request.Request(address + path, content, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = response.status, response.read()
    except urllib.error.HTTPError as error:
        answer = error.code, error.read()
    return answer[0], json.loads(answer[1]) if answer[1] else None


def multipart(form):
    """(content type, body) of a form whose values are texts, or bytes for a PNG file."""
    boundary = uuid.uuid4().hex
    body = bytearray()
    for name, value in form.items():
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if isinstance(value, bytes):
            body += b'; filename="picture.png"\r\nContent-Type: image/png\r\n\r\n' + value
        else:
            body += b"\r\n\r\n" + value.encode()
        body += b"\r\n"
    return f"multipart/form-data; boundary={boundary}", bytes(body + f"--{boundary}--\r\n".encode())


def _free_port():
    for port in itertools.islice(_ports, len(_PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
