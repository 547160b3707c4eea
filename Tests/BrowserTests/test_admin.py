"""The panel for administrators as they use it: in both themes and sizes, in both languages, and without JavaScript."""

import re
import time

import pytest
import walk
from conftest import DESKTOP, PHONE
from playwright.sync_api import expect
from test_accessibility import check

PAGES = [
    "/admin", "/admin/members", "/admin/members?q=nobody-at-all", "/admin/log", "/admin/log?act=nothing",
    "/admin/jobs", "/admin/events", "/admin/databases", "/admin/databases/gallery/posts",
    "/admin/databases/accounts/members", "/admin/settings", "/admin/mailbox",
]


@pytest.fixture(scope="module")
def margaret(artel, browser):
    """The cookies of an administrator."""
    context = browser.new_context(base_url=artel.address, locale="en-US")
    page = context.new_page()
    walk.sign_up(page, "margaret", "Margaret Hamilton")
    result = artel.command("member", "promote", "margaret")
    assert result.returncode == 0, result.stderr
    # The server looks up within seconds who a cookie belongs to.
    deadline = time.monotonic() + 60
    while page.goto("/admin").status != 200:
        assert time.monotonic() < deadline, "the promotion is not seen"
    state = context.storage_state()
    context.close()
    return state


def member_page(page, username):
    page.goto(f"/admin/members?q={username}")
    page.locator(".admin-person-name").first.click()
    # The list has a heading, too.
    expect(page).to_have_url(re.compile(r"/admin/members/[0-9a-f-]{36}"))
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("language", ["en-US", "ru-RU"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_for_everybody(visit, margaret, grace, results, scheme, size, language):
    page = visit(margaret, size=size, color_scheme=scheme, locale=language)
    for path in PAGES:
        page.goto(path)
        expect(page.locator(".admin-page")).to_be_visible()
        assert "⟦" not in page.content(), path
        name = re.sub(r"\W+", "-", path.strip("/"))
        check(page, f"{name}-{language[:2]}-{scheme}-{size['width']}", results)
    member_page(page, "grace")
    check(page, f"admin-member-{language[:2]}-{scheme}-{size['width']}", results)
    page.locator("[popovertarget=suspend]").first.click()
    expect(page.locator("dialog#suspend")).to_be_visible()
    check(page, f"admin-suspend-{language[:2]}-{scheme}-{size['width']}", results)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_member_is_suspended_told_why_and_let_in_again(visit, margaret, artel, javascript):
    username = f"linus{int(javascript)}"
    token = artel.new_member(username)
    page = visit(margaret, java_script_enabled=javascript)
    member_page(page, username)
    page.locator("[popovertarget=suspend]").first.click()
    page.fill("dialog#suspend [name=reason]", "Painted over the work of others.")
    page.locator("dialog#suspend button:not([type=button])").click()
    expect(page.locator(".toast")).to_contain_text("suspended")
    assert artel.api("GET", "/api/members/me", token=token)[0] == 401
    guest = visit(java_script_enabled=javascript)
    guest.goto("/sign-in")
    guest.fill("[name=login]", username)
    guest.fill("[name=password]", f"correct horse {username}")
    walk.submit(guest, "/sign-in")
    expect(guest.locator("[data-form-error]")).to_contain_text("Painted over the work of others.")
    page.locator("form[action$='/suspension/end'] button").click()
    expect(page.locator(".toast")).to_contain_text("may sign in again")
    guest.fill("[name=password]", f"correct horse {username}")
    walk.submit(guest, "/sign-in")
    expect(guest.locator("[data-menu] summary")).to_be_visible()
    page.goto(f"/admin/log?member={username}")
    for act in ["member.suspended", "session.refused_suspended", "member.unsuspended", "session.opened"]:
        expect(page.locator(".admin-act", has_text=re.compile(f"^{re.escape(act)}$")).first).to_be_visible()


def test_signing_up_is_closed_and_opened(visit, margaret):
    page, guest = visit(margaret), visit()
    page.goto("/admin/settings")
    page.locator("[popovertarget=switch-sign_up]").first.click()
    page.locator("dialog#switch-sign_up button:not([type=button])").click()
    expect(page.locator(".toast")).to_be_visible()
    try:
        assert guest.goto("/sign-up").status == 403
        expect(guest.locator("[data-form-error]")).to_be_visible()
    finally:
        walk.submit(page, "/admin/switches/sign_up")
    # The message of before may still be seen; what closes signing up is there when it is open.
    expect(page.locator("[popovertarget=switch-sign_up]").first).to_be_visible()
    expect(page.locator(".toast")).to_be_visible()
    assert guest.goto("/sign-up").status == 200


def test_the_log_is_verified_and_saved(visit, margaret):
    page = visit(margaret)
    page.goto("/admin/log")
    walk.submit(page, "/admin/log/verify")
    expect(page.locator(".notice[role=status]")).to_contain_text("as they were recorded")
    page.goto("/admin/log?act=session.opened")
    for suffix in ["csv", "jsonl"]:
        with page.expect_download() as saved:
            page.locator(f"a[href*='format={suffix}']").click()
        assert saved.value.suggested_filename == f"system-log.{suffix}"
        assert "session.opened" in saved.value.path().read_text()


def test_only_administrators_see_the_way_in(visit, margaret, member_state):
    page = visit(margaret)
    page.goto("/")
    page.locator("[data-menu] summary").click()
    page.locator(".menu-item[href='/admin']").click()
    expect(page.locator(".admin-tiles")).to_be_visible()
    other = visit(member_state)
    other.goto("/")
    other.locator("[data-menu] summary").click()
    expect(other.locator(".menu-item[href='/mine']")).to_be_visible()
    assert other.locator(".menu-item[href='/admin']").count() == 0
    assert other.goto("/admin").status == 404


@pytest.mark.parametrize("language", ["en-US", "ru-RU"])
def test_a_moderator_walks_the_site_as_members_do_and_finds_no_panel(visit, artel, language):
    page = visit(locale=language)
    name = f"moderator-{language[:2]}"
    walk.sign_up(page, name)
    result = artel.command("member", "promote", name, "--moderator")
    assert result.returncode == 0, result.stderr

    for path in ("/", "/upload", "/mine", "/notices", "/settings/profile", "/settings/data", f"/members/{name}"):
        assert page.goto(path).status == 200, path
        assert page.locator("a[href='/admin']").count() == 0, path
    assert {page.goto(path).status for path in PAGES} == {404}
