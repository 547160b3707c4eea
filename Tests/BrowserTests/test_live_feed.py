"""The feed changes while it is open: in a real browser, over WebSocket and over server-sent events."""

import re

import pytest
from pictures import png
from playwright.sync_api import expect


def publish(page, title, seed, is_public="true"):
    """Uploads a picture through the API of the page's member; returns the id of its post."""
    answer = page.request.post(
        "/api/posts",
        headers={"Origin": page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2]},
        multipart={
            "title": title,
            "description": "",
            "is_public": is_public,
            "image": {"name": "p.png", "mimeType": "image/png", "buffer": png(300, 200, seed=seed)},
        },
    )
    assert answer.status == 201, answer.text()
    return answer.json()["id"]


def change(page, post, **fields):
    origin = "/".join(page.url.split("/", 3)[:3])
    answer = page.request.patch(f"/api/posts/{post}", headers={"Origin": origin}, data=fields)
    assert answer.ok, answer.text()


def delete(page, post):
    origin = "/".join(page.url.split("/", 3)[:3])
    answer = page.request.delete(f"/api/posts/{post}", headers={"Origin": origin})
    assert answer.ok, answer.text()


def tile(page, post):
    return page.locator(f".tile-link[href='/posts/{post}']")


@pytest.mark.parametrize("way", ["socket", "stream"])
def test_an_open_feed_shows_what_others_do(visit, member_state, way):
    author, reader = visit(member_state), visit()
    author.goto("/")
    publish(author, "The wall is not bare", 70)
    if way == "stream":
        # A proxy that lets no WebSocket through: the page takes the other way after two attempts.
        reader.add_init_script("delete window.WebSocket")
    kind = "websocket" if way == "socket" else "request"
    wanted = re.compile("/api/realtime")
    with reader.expect_event(kind, lambda event: wanted.search(event.url)):
        reader.goto("/")
    button = reader.locator("[data-news-button]")
    expect(button).to_be_hidden()

    post = publish(author, "Fresh paint", 71)
    expect(button).to_be_visible()
    expect(button).to_contain_text("1")
    assert tile(reader, post).count() == 0
    button.click()
    expect(tile(reader, post)).to_have_text("Fresh paint")
    expect(button).to_be_hidden()
    expect(tile(reader, post)).to_be_focused()

    change(author, post, title="Dry paint")
    expect(tile(reader, post)).to_have_text("Dry paint")

    change(author, post, is_public=False)
    expect(tile(reader, post)).to_have_count(0)

    other = publish(author, "Gone soon", 72)
    expect(button).to_be_visible()
    delete(author, other)
    expect(button).to_be_hidden()


def test_a_private_picture_rings_nowhere(visit, member_state):
    author, reader = visit(member_state), visit()
    author.goto("/")
    with reader.expect_event("websocket"):
        reader.goto("/")
    publish(author, "Mine alone", 73, is_public="false")
    shown = publish(author, "For all", 74)
    button = reader.locator("[data-news-button]")
    # What comes behind it has arrived, so it would have, too.
    expect(button).to_contain_text(re.compile(r": 1$"))
    delete(author, shown)


def test_a_feed_that_lost_its_connection_is_told_what_it_missed(visit, member_state):
    author, reader = visit(member_state), visit()
    author.goto("/")
    reader.add_init_script(
        """const Socket = WebSocket; window.sockets = [];
        window.WebSocket = class extends Socket { constructor(...a) { super(...a); sockets.push(this); } };"""
    )
    with reader.expect_event("websocket"):
        reader.goto("/")
    reader.wait_for_function("sockets[0]?.readyState === 1")
    reader.context.set_offline(True)
    reader.evaluate("sockets[0].close()")
    posts = [publish(author, f"While away {n}", 75 + n) for n in range(2)]
    reader.context.set_offline(False)
    expect(reader.locator("[data-news-button]")).to_contain_text(re.compile(r": 2$"))
    assert reader.evaluate("sockets.length") > 1
    for post in posts:
        delete(author, post)
