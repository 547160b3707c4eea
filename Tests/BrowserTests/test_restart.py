"""What was acknowledged is there after every kind of end."""

import fcntl
import os
import re
import socket
import urllib.request

import pytest
import walk
from pictures import png
from playwright.sync_api import expect
from server import eventually, multipart, unfinished_uploads


@pytest.fixture(scope="module")
def server(new_artel):
    return new_artel().start()


@pytest.fixture(scope="module")
def token(server):
    return server.new_member("grace")


def publish(server, token, title, seed):
    """The answer to an upload over JSON, and the bytes that its picture is served with."""
    status, post = server.api("POST", "/api/posts", token=token, form={
        "title": title, "is_public": "true", "image": png(640, 480, seed=seed)})
    assert status == 201, post
    return post, picture(server, post)


def picture(server, post):
    with urllib.request.urlopen(server.address + post["cover"]["image_url"], timeout=60) as response:
        return response.read()


def test_after_ctrl_c_everything_is_there(server, visit):
    page = visit(server=server)
    walk.sign_up(page, "ada")
    walk.upload(page, "Before the end", png(800, 600, seed=1))
    # An open page would ask for its pictures while nobody answers.
    page.goto("about:blank")
    server.interrupt()
    assert server.wait_for_end() == 0
    server.start()
    page.goto("/")
    expect(page.locator("[data-menu] summary")).to_be_visible()
    walk.expect_picture(walk.tile(page, "Before the end").locator(".tile-picture"))


def test_after_kill_9_everything_acknowledged_is_there(server, token):
    before = [publish(server, token, f"Acknowledged {n}", seed=10 + n) for n in range(3)]
    server.kill()
    server.start()
    for post, content in before:
        assert server.api("GET", f"/api/posts/{post['id']}")[1] == post
        assert picture(server, post) == content
    publish(server, token, "Life goes on", seed=20)


def test_ctrl_c_finishes_a_request_that_is_under_way(server, token):
    kind, body = multipart({"title": "In flight", "is_public": "true", "image": png(640, 480, seed=30)})
    head = (
        f"POST /api/posts HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head.encode() + body[: len(body) // 2])
        # Less than the patience of the server with a client that says nothing, which is a minute.
        eventually(lambda: unfinished_uploads(server.data), "the first half", seconds=45)
        server.interrupt()
        eventually(lambda: not server.accepts(), "the end of accepting after Ctrl-C", seconds=45)
        connection.sendall(body[len(body) // 2 :])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.match(rb"HTTP/1.1 201 ", answer), answer[:300]
    assert server.wait_for_end() == 0
    server.start()
    titles = [post["title"] for post in server.api("GET", "/api/posts")[1]["items"]]
    assert "In flight" in titles


def test_a_second_server_is_refused_the_data(server, new_artel):
    second = new_artel(data=server.data)
    with pytest.raises(AssertionError, match="did not start"):
        second.start()
    assert second.process.poll() not in (None, 0)
    second.process = None
    assert server.is_ready()


# Fails without the limit to the last lines of the log: the process does not end.
def test_a_log_that_nobody_reads_does_not_keep_it_from_ending(new_artel):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    server = new_artel()
    server.output = writer
    server.start()
    try:
        # Each request is a line of some 200 bytes.
        for _ in range(100):
            urllib.request.urlopen(server.address + "/health/live", timeout=60).read()
        server.stop()
        assert server.process.returncode == 0
    finally:
        os.close(reader)
        os.close(writer)
