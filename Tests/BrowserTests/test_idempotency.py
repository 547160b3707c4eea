"""A request with an Idempotency-Key makes one thing, whatever happens to its answer."""

import http.client
import json
import socket
import time
import uuid

import pytest
from pictures import png
from server import eventually, multipart, unfinished_uploads


@pytest.fixture(scope="module")
def server(new_artel):
    return new_artel().start()


@pytest.fixture(scope="module")
def token(server):
    return server.new_member("grace")


def upload(server, token, key, title, seed):
    """An upload as bytes of HTTP; two are never the same, as each has a boundary of its own."""
    kind, body = multipart({"title": title, "is_public": "true", "image": png(640, 480, seed=seed)})
    head = (
        f"POST /api/posts HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n")
    return head.encode(), body


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=120)


def answer(connection):
    """(status, headers, parsed body)."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, response.headers, json.loads(response.read())


def send(server, *request):
    with connect(server) as connection:
        connection.sendall(b"".join(upload(server, *request)))
        return answer(connection)


def posts(server, title):
    return [post for post in server.api("GET", "/api/posts?limit=100")[1]["items"] if post["title"] == title]


# Fails without the stored answer: the retry answered 201 without Idempotency-Replayed, for a second post.
def test_killed_between_commit_and_answer_the_retry_gets_the_same_answer(server, token):
    for seed in range(3):
        key, title = str(uuid.uuid4()), f"Killed {seed}"
        with connect(server) as connection:
            connection.sendall(b"".join(upload(server, token, key, title, seed)))
            deadline = time.monotonic() + 120
            while not (made := posts(server, title)):
                assert time.monotonic() < deadline, "the post was not made"
            # Committed. The answer is never read, whether it was sent or not.
            server.kill()
        server.start()
        status, headers, again = send(server, token, key, title, seed)
        assert (status, headers["Idempotency-Replayed"]) == (201, "true"), again
        assert {name: value for name, value in again.items() if name != "pictures"} == made[0]
        assert headers["Location"] == f"/api/posts/{again['id']}"
        assert len(posts(server, title)) == 1


# Fails without the set of keys in flight: the second request answered 201.
def test_the_same_key_during_an_upload_is_refused(server, token):
    key = str(uuid.uuid4())
    head, body = upload(server, token, key, "In flight", 7)
    with connect(server) as connection:
        connection.sendall(head + body[: len(body) // 2])
        # Its key is taken before its file is begun.
        eventually(lambda: unfinished_uploads(server.data), "the first half", seconds=45)
        status, headers, problem = send(server, token, key, "In flight", 7)
        assert (status, problem["type"]) == (409, "/problems/idempotency-key-in-use")
        assert headers["Retry-After"] == "1"
        connection.sendall(body[len(body) // 2 :])
        assert answer(connection)[0] == 201
    assert send(server, token, key, "In flight", 7)[1]["Idempotency-Replayed"] == "true"
    assert len(posts(server, "In flight")) == 1
