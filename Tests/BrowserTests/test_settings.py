"""What members show of themselves, choose, and whom they keep away from, in a real browser."""

import re

import pytest
import walk
from playwright.sync_api import expect


@pytest.fixture
def member(artel, browser, request):
    """Somebody new for each test: (username, the cookies of a first device)."""
    name = f"set{abs(hash(request.node.name)) % 10**8}"
    context = browser.new_context(base_url=artel.address, locale="en-US")
    walk.sign_up(context.new_page(), name)
    state = context.storage_state()
    context.close()
    return name, state


def test_a_profile_is_changed_and_seen_by_guests(visit, member):
    name, state = member
    page, guest = visit(state), visit()
    page.goto("/")
    page.locator("[data-menu] summary").click()
    page.locator("a[href='/settings']").click()
    page.fill("[name=display_name]", "Ада Лавлейс")
    page.fill("[name=bio]", "First line\nsecond line")
    walk.submit(page, "/settings/profile")
    expect(page.locator("[data-toast]")).to_contain_text("Saved")
    expect(page.locator("[name=bio]")).to_have_value("First line\nsecond line")

    guest.goto(f"/members/{name}")
    expect(guest.get_by_role("heading", level=1)).to_have_text("Ада Лавлейс")
    expect(guest.locator(".member-bio")).to_contain_text("second line")
    expect(guest.locator("form[action$='/block']")).to_have_count(0)


# Fails without `isBegun`: what was typed on the first device is gone.
def test_theme_and_language_chosen_on_one_device_show_on_the_other_at_once(visit, member):
    name, state = member
    first, typing, second = visit(state), visit(state), visit()
    walk.sign_in(second, name)
    for page, path in ((first, "/"), (typing, "/settings")):
        with walk.connected(page):
            page.goto(path)
    typing.fill("[name=bio]", "Half a sentence")
    expect(first.locator("html")).to_have_attribute("data-theme", "auto")

    second.goto("/settings/preferences")
    second.get_by_label("Dark", exact=True).check()
    second.get_by_label("Русский").check()
    second.locator("[name=notices]").first.uncheck()
    walk.submit(second, "/settings/preferences")

    expect(first.locator("html")).to_have_attribute("lang", "ru")
    expect(first.locator("html")).to_have_attribute("data-theme", "dark")
    expect(typing.locator("html")).to_have_attribute("data-theme", "dark")
    expect(typing.locator("html")).to_have_attribute("lang", "en")
    expect(typing.locator("[name=bio]")).to_have_value("Half a sentence")
    expect(second.locator("html")).to_have_attribute("lang", "ru")
    expect(second.locator("[name=notices]").first).not_to_be_checked()


# Fails without `data-answers-form`: the page is loaded anew, and the token is gone.
def test_what_is_shown_once_stays_when_a_language_is_chosen_elsewhere(visit, member):
    name, state = member
    page, second = visit(state), visit()
    walk.sign_in(second, name)
    page.goto("/settings/tokens")
    page.fill("[name=name]", "Camera")
    page.locator("[name=scopes]").first.check()
    with walk.connected(page):
        walk.submit(page, "/settings/tokens")
    token = page.locator("[data-copy-text]").first.inner_text()

    second.goto("/settings/preferences")
    second.get_by_label("Dark", exact=True).check()
    second.get_by_label("Русский").check()
    walk.submit(second, "/settings/preferences")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("[data-copy-text]").first).to_have_text(token)
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_what_a_guest_chose_stays_when_they_join(visit):
    page = visit()
    page.goto("/sign-up")
    with page.expect_response(lambda answer: answer.url.endswith("/preferences")):
        page.locator(".site-footer [name=theme][value=dark]").click()
    walk.sign_up(page, "chooser1")
    other = visit()
    walk.sign_in(other, "chooser1")
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_member_is_blocked_and_taken_back(visit, member, artel, browser):
    _, state = member
    walk.sign_up(visit(), "blocked1")
    page = visit(state)
    page.goto("/members/blocked1")
    walk.submit(page, "/members/blocked1/block")
    expect(page.locator(".member-notice")).to_be_visible()
    page.goto("/settings/privacy")
    expect(page.locator(".settings-row")).to_have_count(1)
    walk.submit(page, "/members/blocked1/unblock")
    expect(page).to_have_url(re.compile("/settings/privacy$"))
    expect(page.locator(".settings-row")).to_have_count(0)
