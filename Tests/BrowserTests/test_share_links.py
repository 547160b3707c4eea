"""A post of an author's, shown by a link to somebody without an account."""

import json

import walk
from pictures import png
from playwright.sync_api import expect
from server import eventually


def make_link(page, post, password=""):
    """Makes a link on the page for it; returns its address as it is shown."""
    page.goto(f"{post}/links")
    page.fill("[name=password]", password)
    walk.submit(page, f"{post}/links")
    return page.locator("[data-copy-text]").inner_text()


def hidden_post(page, title, seed):
    post = walk.upload(page, title, png(700, 500, seed=seed), "For your eyes.")
    page.locator("form[action$='/edit'] button[name=visibility][value=private]").click()
    expect(page.locator("article .badge").first).to_be_visible()
    return post


def test_a_private_post_is_shown_by_a_link_until_it_is_revoked(visit, member_state):
    page, guest = visit(member_state), visit()
    post = hidden_post(page, "By a link", 91)
    page.goto(post)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Links").click()
    page.select_option("[name=lifetime]", "day")
    walk.submit(page, f"{post}/links")
    address = page.locator("[data-copy-text]").inner_text()
    page.click("[data-copy-button]")
    expect(page.locator("[data-copy-button]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == address

    loaded = []
    guest.on("request", lambda request: loaded.append((request.url, request.headers.get("referer", ""))))
    assert guest.goto(address).status == 200
    expect(guest.get_by_role("heading", name="By a link")).to_be_visible()
    walk.expect_picture(guest.locator(".stage-picture"))
    guest.locator("[data-zoom]").first.click()
    walk.expect_picture(guest.locator("[data-zoom-picture]"))
    token = address.rsplit("/", 1)[1]
    assert not [referer for _, referer in loaded if token in referer]
    assert guest.goto(post).status == 404

    page.goto(f"{post}/links")
    page.locator("form[action$='/revoke'] button").click()
    expect(page.locator("form[action$='/revoke']")).to_have_count(0)
    assert guest.goto(address).status == 404


def test_a_password_is_asked_for_without_scripts_too(visit, member_state):
    page, guest = visit(member_state), visit(java_script_enabled=False)
    post = hidden_post(page, "Behind a word", 92)
    address = make_link(page, post, "a long enough one")

    guest.goto(address)
    guest.fill("[name=password]", "not the right one")
    guest.locator("main form button:not([type=button])").click()
    expect(guest.get_by_text("This is not the password.")).to_be_visible()
    guest.fill("[name=password]", "a long enough one")
    guest.locator("main form button:not([type=button])").click()
    expect(guest.get_by_role("heading", name="Behind a word")).to_be_visible()
    walk.expect_picture(guest.locator(".stage-picture"))
    picture = guest.locator(".stage-picture").get_attribute("src")
    assert visit().request.get(picture).status == 404


def test_its_token_is_in_no_log_and_no_metric(visit, member_state, artel, browser):
    before = len(artel.log_text())
    page = visit(member_state)
    address = make_link(page, hidden_post(page, "Told nobody", 93))
    token = address.rsplit("/", 1)[1]
    context = browser.new_context(base_url=artel.address, locale="en-US")
    stranger = context.new_page()
    stranger.goto(address)
    with stranger.expect_response("**/api/browser-errors") as told:
        stranger.evaluate("void Promise.reject(new TypeError('a torn canvas'))")
    assert token not in told.value.request.post_data
    stranger.goto(f"{address}x")
    context.close()

    entries = artel.command("log", "--act", "browser.error", "--json").stdout
    assert any("torn canvas" in json.loads(line)["details"]["message"] for line in entries.splitlines())
    metrics = visit().request.get(f"{artel.address}/metrics").text()
    assert 'route="/s/{token}"' in metrics
    # The lines of requests are written some moments later; there are two of them.
    eventually(lambda: artel.log_text()[before:].count('"/s/{token}"') == 2, artel.log_end)
    for text in (entries, metrics, artel.log_text()):
        assert token not in text
