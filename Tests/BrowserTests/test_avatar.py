"""The picture that a member shows: chosen, replaced and removed in a real browser, and seen by others."""

import re
import time
import urllib.parse

import pytest
import walk
from conftest import PHONE
from pictures import png
from playwright.sync_api import expect

AVATARS = re.compile(r"/avatars/[0-9a-f-]{36}/[0-9a-f]{64}/64\.webp$")
PREVIEW = "[data-avatar-preview] .avatar img"
HEADER = "[data-menu] summary .avatar img"
ERROR = "#image-error"
# Colors of initials and what is behind them, as the browser shows them; and the contrast by WCAG 2.1, 1.4.3.
CONTRASTS = """() => [...Array(8).keys()].map(tone => {
  const avatar = document.createElement("span");
  avatar.className = "avatar";
  avatar.dataset.tone = tone;
  document.body.append(avatar);
  const style = getComputedStyle(avatar);
  const light = color => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const [ink, paper] = [light(style.color), light(style.backgroundColor)];
  const found = {colors: style.color + style.backgroundColor, contrast: Math.max(ink, paper) / Math.min(ink, paper)};
  avatar.remove();
  return found;
})"""


@pytest.fixture
def member(artel, browser, request):
    """Somebody new for each test: (username, the cookies of a browser)."""
    name = f"ava{abs(hash(request.node.name)) % 10**8}"
    context = browser.new_context(base_url=artel.address, locale="en-US")
    walk.sign_up(context.new_page(), name, "Ada Lovelace")
    state = context.storage_state()
    context.close()
    return name, state


def choose(page, content, name="me.png", kind="image/png"):
    page.set_input_files("#image", [{"name": name, "mimeType": kind, "buffer": content}])


def save(page):
    walk.submit(page, "/settings/profile/avatar")


def shown(page):
    """The address of the picture in the header."""
    return page.locator(HEADER).get_attribute("src")


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("size", [{"width": 1280, "height": 860}, PHONE], ids=["desktop", "phone"])
def test_a_picture_is_shown_replaced_and_removed(visit, member, has_scripts, size):
    name, state = member
    page, guest = visit(state, java_script_enabled=has_scripts, size=size), visit()
    page.goto("/settings/profile")
    expect(page.locator("[data-avatar-preview] .avatar")).to_have_text("AL")
    expect(page.locator("form[action='/settings/profile/avatar/remove']")).to_have_count(0)

    choose(page, png(700, 400, seed=3))
    if has_scripts:
        expect(page.locator(PREVIEW)).to_have_attribute("src", re.compile("^blob:"))
    save(page)
    expect(page.locator("[data-toast]")).to_contain_text("The picture is shown")
    expect(page.locator(PREVIEW)).to_have_attribute("src", AVATARS)
    first = shown(page)

    guest.goto(f"/members/{name}")
    walk.expect_picture(guest.locator(".member-head .avatar img"))
    assert guest.locator(".member-head .avatar img").evaluate("i => i.naturalWidth === i.naturalHeight")

    choose(page, png(400, 700, seed=4))
    save(page)
    # The page of before shows an address of that form, too.
    expect(page.locator(HEADER)).not_to_have_attribute("src", first)
    expect(page.locator(PREVIEW)).to_have_attribute("src", AVATARS)
    assert shown(page) != first
    assert guest.goto(first).status == 404

    walk.submit(page, "/settings/profile/avatar/remove")
    expect(page.locator("[data-toast]")).to_contain_text("The picture is removed")
    expect(page.locator("[data-avatar-preview] .avatar")).to_have_text("AL")
    guest.goto(f"/members/{name}")
    expect(guest.locator(".member-head .avatar")).to_have_text("AL")


def test_it_stands_beside_posts_and_where_members_are_found(visit, member):
    name, state = member
    page, guest = visit(state), visit()
    post = walk.upload(page, "With a face", png(900, 600, seed=5))
    page.goto("/settings/profile")
    choose(page, png(600, 600, seed=6))
    save(page)
    expect(page.locator(PREVIEW)).to_have_attribute("src", AVATARS)

    # The copy of the member that Gallery keeps learns of it by an event.
    for path, place in [(post, ".post-author .avatar img"), ("/", ".tile .avatar img")]:
        open_until_shown(guest, path, place)
    open_until_shown(guest, f"/search?q={name}&app=accounts", ".search-hit .avatar img")


def open_until_shown(page, path, place):
    deadline = time.monotonic() + 60
    while page.goto(path) and not page.locator(place).count():
        assert time.monotonic() < deadline, f"{path} shows no picture"
    walk.expect_picture(page.locator(place).first)


@pytest.mark.parametrize("content,kind,text", [
    (b"x" * (5 * 1024 * 1024 + 1), "image/png", "too large"),
    (b"hello", "text/plain", "not a JPEG"),
    (b"", "image/png", "empty"),
    (b"no picture at all", "image/png", "damaged"),
], ids=["too large", "no picture", "empty", "damaged"])
def test_a_bad_file_is_refused_at_once(visit, member, content, kind, text):
    page = visit(member[1])
    page.goto("/settings/profile")
    choose(page, content, kind=kind)
    expect(page.locator(ERROR)).to_contain_text(text)
    expect(page.locator("[data-avatar-preview] .avatar")).to_have_text("AL")
    # A good one then makes up for it.
    choose(page, png(80, 80))
    expect(page.locator(ERROR)).to_be_empty()
    save(page)
    expect(page.locator(PREVIEW)).to_have_attribute("src", AVATARS)


@pytest.mark.parametrize("content,kind,text", [
    (b"x" * (5 * 1024 * 1024 + 1), "image/png", "too large"),
    (b"hello", "image/png", "not a JPEG"),
    (png(60, 60)[:200], "image/png", "damaged"),
], ids=["too large", "no picture", "damaged"])
def test_the_server_refuses_it_without_scripts(visit, member, content, kind, text):
    page = visit(member[1], java_script_enabled=False)
    page.goto("/settings/profile")
    choose(page, content, kind=kind)
    save(page)
    expect(page.locator(ERROR)).to_contain_text(text)
    expect(page.locator("[name=display_name]")).to_have_value("Ada Lovelace")
    expect(page.locator("[data-avatar-preview] .avatar")).to_have_text("AL")


def test_it_goes_with_the_member(artel, visit, member):
    name, state = member
    page = visit(state)
    page.goto("/settings/profile")
    choose(page, png(300, 300, seed=9))
    save(page)
    expect(page.locator(PREVIEW)).to_have_attribute("src", AVATARS)
    url = urllib.parse.urljoin(artel.address, shown(page))
    guest = visit()
    assert guest.request.get(url).headers["cache-control"] == "public, max-age=31536000, immutable"

    removed = artel.command("member", "remove", name, "--yes")
    assert removed.returncode == 0, removed.stderr

    assert guest.request.get(url).status == 404


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_initials_can_be_read_on_every_color(visit, scheme):
    page = visit(color_scheme=scheme)
    page.goto("/")
    found = page.evaluate(CONTRASTS)
    assert len({tone["colors"] for tone in found}) == 8
    assert min(tone["contrast"] for tone in found) >= 4.5, found
