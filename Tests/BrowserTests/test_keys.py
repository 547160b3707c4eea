"""What proves who a member is, in a real browser: sessions, API tokens, two-step sign-in."""

import json
import pathlib
import re
import urllib.request

import pytest
import two_factor
import walk
from pictures import png
from playwright.sync_api import expect
from server import multipart
from test_accessibility import check


def settings(page, section):
    page.goto(f"/settings/{section}")
    expect(page.locator("h1")).to_be_visible()


def test_a_member_ends_a_session_elsewhere(visit, artel):
    here, elsewhere = visit(), visit()
    walk.sign_up(here, "sessions-here")
    walk.sign_in(elsewhere, "sessions-here")
    settings(here, "sessions")
    expect(here.locator(".settings-row")).to_have_count(2)
    expect(here.locator(".settings-row").first).to_contain_text("Chrome · Linux")
    walk.submit(here, "/settings/sessions/end")
    expect(here.locator(".settings-row")).to_have_count(1)
    elsewhere.goto("/mine")
    expect(elsewhere).to_have_url(re.compile("/sign-in"))


def test_an_api_token_works_for_its_scopes_until_it_is_ended(visit, artel):
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    walk.sign_up(page, "tokens-page")
    settings(page, "tokens")
    page.fill("[name=name]", "Backup")
    page.check("[value='gallery:read']")
    walk.submit(page, "/settings/tokens")
    token = page.locator("[data-copy-text]").inner_text()
    assert re.fullmatch(r"artel_pat_[A-Za-z0-9_-]{43}", token)
    page.click("[data-copy-button]")
    expect(page.locator("[data-copy-button]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == token
    # 403 and not 401: the token is right, but was not made for this.
    assert artel.api("GET", "/api/members/me", token=token)[0] == 403
    assert artel.api("GET", "/api/posts/019aa4c1-7d20-7c4e-8a55-0d9b6a1f3e27", token=token)[0] == 404
    page.goto("/settings/tokens")
    assert token not in page.content()
    walk.submit(page, "/settings/tokens/end")
    expect(page.locator(".settings-empty")).to_be_visible()
    assert artel.api("GET", "/api/posts/019aa4c1-7d20-7c4e-8a55-0d9b6a1f3e27", token=token)[0] == 401


def test_a_file_for_sharex_posts_pictures_and_tells_their_address(visit):
    page = visit()
    walk.sign_up(page, "screenshots")
    settings(page, "tokens")
    page.fill("[name=name]", "Screenshots")
    page.check("[value='gallery:write']")
    walk.submit(page, "/settings/tokens")
    with page.expect_download() as download:
        page.locator("a[download='artel.sxcu']").click()
    setup = json.loads(pathlib.Path(download.value.path()).read_text())
    kind, body = multipart({**setup["Arguments"], setup["FileFormName"]: png(64, 48, seed=77)})
    request = urllib.request.Request(
        setup["RequestURL"], body, {**setup["Headers"], "content-type": kind}, method=setup["RequestMethod"])
    with urllib.request.urlopen(request) as answer:
        post = json.load(answer)
    page.goto(setup["URL"].replace("{json:id}", post["id"]))
    walk.expect_picture(page.locator("main .stage-picture, main .tile-picture").first)
    assert post["visibility"] == "unlisted"
    thumbnail = setup["ThumbnailURL"].replace("{json:cover.thumbnail_url}", post["cover"]["thumbnail_url"])
    assert urllib.request.urlopen(thumbnail).status == 200


def test_two_step_sign_in(visit):
    page = visit()
    walk.sign_up(page, "two-steps")
    settings(page, "two-factor")
    walk.submit(page, "/settings/two-factor/begin")
    expect(page.locator(".qr")).to_be_visible()
    secret = page.locator("[data-secret]").inner_text().replace(" ", "")
    page.fill("[name=code]", two_factor.code(secret))
    walk.submit(page, "/settings/two-factor/confirm")
    expect(page.locator(".secret-codes li")).to_have_count(10)
    codes = page.locator(".secret-codes li").all_inner_texts()
    assert len(set(codes)) == 10

    other = visit()
    other.goto("/sign-in?return_to=%2Fmine")
    other.fill("[name=login]", "two-steps")
    other.fill("[name=password]", walk.password("two-steps"))
    walk.submit(other, "/sign-in")
    expect(other).to_have_url(re.compile("/sign-in/code"))
    expect(other.locator("[name=code]")).to_be_focused()
    other.fill("[name=code]", codes[0])
    walk.submit(other, "/sign-in/code")
    expect(other).to_have_url(re.compile("/mine$"))
    settings(other, "two-factor")
    expect(other.locator("main")).to_contain_text("9 recovery codes are left")


def test_a_password_from_a_breach_is_replaced_at_sign_in(visit, new_artel, results):
    server = new_artel().start()
    here, elsewhere = visit(server=server), visit(server=server)
    walk.sign_up(elsewhere, "listed")
    # What it shows by itself fails while there is no server.
    elsewhere.goto("about:blank")
    server.stop()
    server.know_breached(walk.password("listed"))
    server.start()

    here.goto("/sign-in?return_to=%2Fmine")
    here.fill("[name=login]", "listed")
    here.fill("[name=password]", walk.password("listed"))
    walk.submit(here, "/sign-in")
    expect(here).to_have_url(re.compile("/sign-in/password"))
    expect(here.locator("[name=password]")).to_be_focused()
    here.fill("[name=password]", walk.password("listed"))
    walk.submit(here, "/sign-in/password")
    expect(here.locator("#password-error")).to_contain_text("stolen")
    check(here, "sign-in-password", results)
    here.fill("[name=password]", "another zebra staple")
    walk.submit(here, "/sign-in/password")
    expect(here).to_have_url(re.compile("/mine$"))
    elsewhere.goto("/mine")
    expect(elsewhere).to_have_url(re.compile("/sign-in"))


@pytest.fixture(scope="module")
def at_localhost(new_artel):
    return new_artel().at_localhost().start()


def authenticator(page):
    """A device that verifies its owner by itself; returns what asks it for its passkeys."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True}})["authenticatorId"]
    return lambda: devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]


def test_a_passkey_signs_in_without_a_name(visit, at_localhost):
    page = visit(server=at_localhost)
    passkeys = authenticator(page)
    walk.sign_up(page, "passkeys-page")
    settings(page, "passkeys")
    page.fill("[name=name]", "Laptop")
    walk.submit(page, "/settings/passkeys")
    expect(page.locator(".settings-row")).to_contain_text("Laptop")
    made = passkeys()
    assert len(made) == 1 and made[0]["rpId"] == "localhost" and made[0]["isResidentCredential"]

    # The same device makes no second one.
    page.fill("[name=name]", "Again")
    walk.submit(page, "/settings/passkeys")
    expect(page.locator("[data-passkey-error]")).not_to_be_empty()

    walk.sign_out(page)
    page.goto("/sign-in?return_to=%2Fsettings%2Fpasskeys")
    walk.submit(page, "/sign-in/passkey")
    expect(page.locator(".settings-row")).to_contain_text("Last used")
    assert passkeys()[0]["signCount"] > made[0]["signCount"]

    walk.submit(page, "/settings/passkeys/remove")
    expect(page.locator(".settings-empty")).to_be_visible()
    walk.sign_out(page)
    page.goto("/sign-in")
    walk.submit(page, "/sign-in/passkey")
    expect(page.locator("[data-toast]")).to_contain_text("The passkey was not accepted")


def test_a_passkey_stands_in_for_the_code(visit, at_localhost):
    page = visit(server=at_localhost)
    authenticator(page)
    walk.sign_up(page, "passkeys-code")
    two_factor.turn_on(at_localhost.address, "passkeys-code", walk.password("passkeys-code"))
    settings(page, "passkeys")
    page.fill("[name=name]", "Laptop")
    walk.submit(page, "/settings/passkeys")
    # A script asks the device first, and the page is still there meanwhile.
    expect(page.locator(".settings-row")).to_contain_text("Laptop")
    walk.sign_out(page)
    page.goto("/sign-in")
    page.fill("[name=login]", "passkeys-code")
    page.fill("[name=password]", walk.password("passkeys-code"))
    walk.submit(page, "/sign-in")
    expect(page).to_have_url(re.compile("/sign-in/code"))
    walk.submit(page, "/sign-in/passkey")
    expect(page.locator("[data-menu] summary")).to_be_visible()
