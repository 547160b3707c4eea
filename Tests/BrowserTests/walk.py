"""What a person does on the pages, step by step. Everything is found the way the pages name it, in any language."""

import contextlib
import re
import time
import urllib.parse

from playwright.sync_api import expect


def password(username):
    return f"correct horse {username}"


def sign_up(page, username, display_name=None):
    page.goto("/sign-up")
    page.fill("[name=username]", username)
    page.fill("[name=email]", f"{username}@example.org")
    page.fill("[name=display_name]", display_name or username.capitalize())
    page.fill("[name=password]", password(username))
    submit(page, "/sign-up")
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.locator("[data-menu] summary")).to_be_visible()


def sign_in(page, username):
    page.goto("/sign-in")
    page.fill("[name=login]", username)
    page.fill("[name=password]", password(username))
    submit(page, "/sign-in")
    expect(page.locator("[data-menu] summary")).to_be_visible()


def sign_out(page):
    page.locator("[data-menu] summary").click()
    submit(page, "/sign-out")
    expect(page.locator("header a[href='/sign-in']")).to_be_visible()


def submit(page, action):
    """Presses the button of the visible form that goes to `action`."""
    page.locator(f"form[action='{action}'] button:not([type=button]):visible").first.click()


@contextlib.contextmanager
def connected(page):
    """Waits at the end of the block, in which a page is opened, until that page is told of what happens.

    It may be told before it is loaded, so what comes is noted from the beginning.
    """
    told = []
    page.once("websocket", lambda socket: socket.on("framereceived", lambda frame: told.append(frame)))
    yield
    deadline = time.monotonic() + 60
    while not told:
        assert time.monotonic() < deadline, "the page was told nothing"
        page.wait_for_timeout(20)


def picture_file(name, content):
    return {"name": name, "mimeType": "image/png", "buffer": content}


def carrier(page, files):
    """A DataTransfer in the page that carries files from outside the browser."""
    return page.evaluate_handle(
        """files => {
          const transfer = new DataTransfer();
          for (const {name, type, bytes} of files)
            transfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
          return transfer;
        }""",
        [{"name": name, "type": "image/png", "bytes": list(content)} for name, content in files],
    )


def drop(page, selector, *files):
    """Drops files on an element."""
    transfer = carrier(page, files)
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event(selector, event, {"dataTransfer": transfer})


def paste(page, *files):
    """Pastes files from the clipboard."""
    carrier(page, files).evaluate(
        """transfer => document.body.dispatchEvent(
          new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}))""")


def fill_item(page, position, title, description=""):
    """Names a picture that waits in the queue."""
    item = page.locator("[data-queue] > li").nth(position)
    item.locator("[data-title]").fill(title)
    item.locator("[data-description]").fill(description)


def publish(page):
    """Sends the queue and waits until all of it has arrived; a single picture leads to its page."""
    count = page.locator("[data-queue] > li").count()
    page.locator("[data-publish]").click()
    if count == 1:
        expect_post(page)
    else:
        expect(page.locator("[data-queue] > .is-done")).to_have_count(count)


def expect_post(page):
    """The page of a post has come, and its scripts have run."""
    expect(page).to_have_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    page.wait_for_load_state()


def upload(page, title, content, description=""):
    """Uploads one picture; returns the path of its page, which is open then."""
    page.goto("/upload")
    page.set_input_files("[data-files]", [picture_file("picture.png", content)])
    fill_item(page, 0, title, description)
    publish(page)
    return urllib.parse.urlsplit(page.url).path


def tile(page, title):
    return page.locator("[data-feed] > li", has=page.get_by_role("link", name=title, exact=True))


def expect_picture(locator):
    """The picture came over the network and was decoded."""
    expect(locator).to_be_visible()
    locator.scroll_into_view_if_needed()
    locator.evaluate("image => image.decode()")
    assert locator.evaluate("image => image.naturalWidth") > 0


def delete(page):
    """Puts the post whose page is open into the trash, by the dialog; leads there."""
    page.locator("button[popovertarget='delete-post']").first.click()
    dialog = page.locator("#delete-post")
    expect(dialog).to_be_visible()
    dialog.locator("button:not([type=button])").click()
    expect(page).to_have_url(re.compile(r"/trash$"))
