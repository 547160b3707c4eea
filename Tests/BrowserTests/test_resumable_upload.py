"""The upload page over a bad line: pictures go on where they were broken off."""

import base64
import os
import re
import struct
import zlib

import pytest
import walk
from playwright.sync_api import expect
from server import eventually
from test_operating import sql


@pytest.fixture(scope="module")
def server(new_artel):
    return new_artel(ARTEL_RATE_FACTOR="100").start()


@pytest.fixture
def page(server, browser):
    """A page of its own: what the browser says of a line that is broken on purpose is no fault."""
    context = browser.new_context(base_url=server.address, locale="en-US", reduced_motion="reduce")
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


def large_png(seed, megabytes=9):
    """A picture that takes several pieces: noise, which no compression makes smaller."""
    width = 1500
    height = megabytes * 1_000_000 // (width * 3)
    rows = b"".join(b"\0" + os.urandom(width * 3) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


def slow(page, bytes_per_second):
    """Lets the page send no faster; 0 as fast as it can."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second or -1})


def item(page):
    return page.locator("[data-queue] > li")


def sent_percent(page):
    return int(re.search(r"(\d+)", item(page).locator("[data-status]").inner_text() or "0")[1])


def wait_for_percent(page, percent):
    page.wait_for_function(
        """percent => Number(document.querySelector("[data-status]").textContent.match(/[0-9]+/)?.[0] ?? 0) >= percent""",
        arg=percent, timeout=60_000)


def wait_until_kept(server):
    """Waits until the server has noted a part of the upload that was begun last: the page sends ahead of it."""
    newest = "select received_bytes from uploads.uploads order by begun_at desc limit 1"
    eventually(lambda: int(sql(server, "gallery", newest) or 0) >= 1 << 20, server.log_end)


def begin(page, name, content, title, bytes_per_second=600_000):
    page.goto("/upload")
    page.set_input_files("[data-files]", [walk.picture_file(name, content)])
    walk.fill_item(page, 0, title)
    slow(page, bytes_per_second)
    page.locator("[data-publish]").click()


def offsets(page):
    """Where the pieces begin that the page sends from now on."""
    seen = []
    page.on("request", lambda request: seen.append(int(request.headers["upload-offset"]))
            if request.method == "PATCH" else None)
    return seen


# A break is no failure: the page asks again by itself.
def test_an_upload_goes_on_by_itself_after_the_server_was_killed(server, page):
    walk.sign_up(page, "resumer")
    pieces = offsets(page)
    begin(page, "killed.png", large_png(1), "Killed in between")
    wait_for_percent(page, 30)
    wait_until_kept(server)

    server.kill()
    expect(item(page).locator("[data-status]")).to_contain_text("connection was lost")
    slow(page, 0)
    server.start()

    expect(page).to_have_url(re.compile(r"/posts/[0-9a-f-]{36}$"), timeout=120_000)
    assert pieces[0] == 0
    assert any(offset >= 1 << 20 for offset in pieces[1:]), pieces
    assert pieces.count(0) == 1, pieces
    walk.expect_picture(page.locator("main .stage-picture, main .tile-picture").first)


def test_a_paused_upload_goes_on_when_told_so(server, page):
    walk.sign_up(page, "pauser")
    begin(page, "paused.png", large_png(2), "Paused")
    wait_for_percent(page, 20)

    item(page).locator("[data-pause]").click()
    expect(item(page).locator("[data-status]")).to_contain_text("Paused")
    pieces = offsets(page)
    slow(page, 0)
    item(page).locator("[data-resume]").click()

    expect(page).to_have_url(re.compile(r"/posts/[0-9a-f-]{36}$"), timeout=120_000)
    # The server may still be at what it got before.
    assert any(offset > 0 for offset in pieces), pieces


# What was begun is remembered beyond the page.
def test_an_upload_goes_on_after_a_reload_with_the_same_file(server, page):
    walk.sign_up(page, "reloader")
    content = large_png(3)
    begin(page, "reloaded.png", content, "Reloaded")
    wait_for_percent(page, 30)
    wait_until_kept(server)
    page.reload()
    slow(page, 0)

    entry = page.locator("[data-unfinished] li")
    expect(entry).to_contain_text("reloaded.png")
    pieces = offsets(page)
    # Another time of change would make it another file.
    page.evaluate(
        """([bytes, key]) => {
          const [name] = Object.keys(JSON.parse(localStorage.getItem(key)));
          const [file, , lastModified] = name.split("/");
          const transfer = new DataTransfer();
          const binary = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
          transfer.items.add(new File([binary], file, {type: "image/png", lastModified: Number(lastModified)}));
          const input = document.querySelector("[data-files]");
          input.files = transfer.files;
          input.dispatchEvent(new Event("change"));
        }""",
        [base64.b64encode(content).decode(),
         page.evaluate("Object.keys(localStorage).find((key) => key.startsWith('uploads '))")])
    expect(page.locator("[data-unfinished]")).to_be_hidden()
    page.locator("[data-publish]").click()

    expect(page).to_have_url(re.compile(r"/posts/[0-9a-f-]{36}$"), timeout=120_000)
    assert pieces[0] > 0


def test_what_is_cancelled_or_discarded_is_gone_from_the_server(server, page):
    walk.sign_up(page, "canceller")
    begin(page, "cancelled.png", large_png(4), "Cancelled")
    wait_for_percent(page, 10)
    with page.expect_response(lambda response: response.request.method == "DELETE") as deleted:
        item(page).locator("[data-cancel]").click()
    assert deleted.value.status == 204
    expect(item(page).locator("[data-cancel]")).to_be_hidden()

    page.locator("[data-publish]").click()
    wait_for_percent(page, 10)
    page.reload()
    entry = page.locator("[data-unfinished] li")
    expect(entry).to_contain_text("cancelled.png")
    with page.expect_response(lambda response: response.request.method == "DELETE") as deleted:
        entry.locator("[data-discard]").click()
    assert deleted.value.status == 204
    expect(page.locator("[data-unfinished]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-drop]")).to_be_visible()
    assert page.evaluate("Object.keys(JSON.parse(localStorage.getItem(Object.keys(localStorage).find((key) => key.startsWith('uploads ')))))") == []
