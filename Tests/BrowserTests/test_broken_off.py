"""Uploads that end in the middle: the client goes away, or the server is told to stop. Nothing of them stays."""

import re
import socket

import pytest
from pictures import png
from server import eventually, multipart, unfinished_uploads

# Less than the patience of the server with a client that says nothing, which is a minute.
WAIT_SECONDS = 45


@pytest.fixture(scope="module")
def server(new_artel):
    return new_artel().start()


@pytest.fixture(scope="module")
def token(server):
    return server.new_member("grace")


class HalfUpload:
    """An upload of which only the first half is sent for now."""

    def __init__(self, server, token, title):
        kind, self.body = multipart({"title": title, "is_public": "true", "image": png(640, 480, seed=3)})
        self.half = len(self.body) // 2
        before = len(incoming(server))
        self.connection = socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_SECONDS)
        self.connection.sendall((
            f"POST /api/posts HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
        ).encode() + self.body[: self.half])
        eventually(lambda: len(incoming(server)) > before, "the upload", WAIT_SECONDS)

    def finish(self):
        self.connection.sendall(self.body[self.half :])

    def answer(self):
        """All that comes until the server closes; nothing when it closes without a word."""
        try:
            return b"".join(iter(lambda: self.connection.recv(65536), b""))
        except ConnectionError:
            return b""


def incoming(server):
    return unfinished_uploads(server.data)


def titles(server):
    return [post["title"] for post in server.api("GET", "/api/posts")[1]["items"]]


def test_an_upload_whose_client_goes_away_leaves_nothing(server, token):
    upload = HalfUpload(server, token, "Gone")
    upload.connection.close()

    eventually(lambda: incoming(server) == [], "the end of the half", WAIT_SECONDS)
    assert titles(server) == []


def test_an_upload_whose_client_stops_sending_leaves_nothing(server, token):
    upload = HalfUpload(server, token, "Half")
    upload.connection.shutdown(socket.SHUT_WR)

    assert not re.match(rb"HTTP/1.1 2", upload.answer())
    eventually(lambda: incoming(server) == [], "the end of the half", WAIT_SECONDS)
    assert titles(server) == []


def test_a_stop_finishes_the_uploads_that_go_on_and_cuts_off_those_that_do_not(server, token):
    # Fails without maximumGracefulShutdownDuration in ServeCommand: the server does not end within 45 seconds.
    going, standing = HalfUpload(server, token, "Finished"), HalfUpload(server, token, "Stalled")
    server.interrupt()
    eventually(lambda: not server.accepts(), "the end of accepting", WAIT_SECONDS)
    going.finish()

    assert re.match(rb"HTTP/1.1 201 ", going.answer())
    assert not re.match(rb"HTTP/1.1 2", standing.answer())
    assert server.wait_for_end() == 0
    assert incoming(server) == []
    server.start()
    assert titles(server) == ["Finished"]
