"""Every page in both themes and both sizes: no violation of WCAG A and AA that axe can find, and the keyboard works."""

import re

import pytest
import walk
from axe_playwright_python.sync_playwright import Axe
from conftest import DESKTOP, PHONE
from pictures import png
from playwright.sync_api import expect

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
CODE_PAGE = "/sign-in/phone/code?id=019aa4c0-3c5e-7b2a-9c1d-2f6e8a7b4c3d"
GUEST_PAGES = [
    "/", "/?order=top&period=day", "/sign-up", "/sign-in", "/sign-in/phone", CODE_PAGE, "/forgot-password", "/forgot-password?sent=1",
    "/nothing-here", "/search", "/search?q=closely", "/members/ada",
    "/tags", "/tags/at-the-river", "/members/ada/followers", "/members/ada/posts", "/albums", "/members/ada/albums",
    "/verify-email?token=stale", "/reset-password?token=stale",
]
MEMBER_PAGES = [
    "/", "/home", "/mine", "/trash", "/upload", "/notices", "post", "edit", "pictures", "links", "comment", "album", "album/edit",
    "/albums/new", "/members/ada/albums", "/members/ada", "/settings/profile", "/settings/preferences",
    "/settings/privacy", "/settings/sessions", "/settings/tokens", "/settings/two-factor", "/settings/email",
    "/settings/phone", "/settings/password", "/settings/passkeys", "/settings/data", "/sign-in/again?return_to=/mine",
    "/sign-in/again?return_to=/admin&second_factor=true",
]


def languages(scheme, size):
    """The languages of the pages of guests and of members: each meets both themes and both sizes in each."""
    return ("en-US", "ru-RU") if (scheme == "dark") == (size is PHONE) else ("ru-RU", "en-US")


@pytest.fixture(scope="module")
def post(artel, browser, member_state):
    """The address of a post of ada's."""
    context = browser.new_context(base_url=artel.address, storage_state=member_state)
    page = context.new_page()
    address = walk.upload(page, "Looked at closely", png(1600, 1000, seed=81), "With a description.")
    page.goto(f"{address}/pictures")
    page.set_input_files("#image", [walk.picture_file("more.png", png(800, 1200, seed=84))])
    walk.submit(page, f"{address.removeprefix(artel.address)}/pictures")
    expect(page.locator(".arrange-item")).to_have_count(2)
    page.goto(address)
    for text in ["Said of it,\nin two lines.", "And another time."]:
        page.get_by_role("textbox", name="Say something about it").fill(text)
        page.locator(".comment-form button").click()
        expect(page.locator(".comment-text").first).to_have_text(text.replace("\n", " "))
    page.goto(f"{address}/edit")
    page.fill("[name=tags]", "At the river, Зимний свет")
    walk.submit(page, f"{address.removeprefix(artel.address)}/edit")
    walk.expect_post(page)
    context.close()
    return address


def check(page, name, results):
    page.screenshot(path=results / f"{name.replace('/', '-')}.png", full_page=True)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], f"{name} scrolls sideways"


@pytest.fixture(scope="module")
def album(artel, browser, member_state, post):
    """The address of an album of ada's with that post in it."""
    context = browser.new_context(base_url=artel.address, storage_state=member_state)
    page = context.new_page()
    page.goto("/albums/new")
    page.fill("[name=name]", "The river in winter")
    page.fill("[name=description]", "From the old bridge,\nyear after year.")
    walk.submit(page, "/albums/new")
    expect(page).to_have_url(re.compile(r"/albums/[0-9a-f-]{36}"))
    address = page.url
    page.goto(post)
    page.locator(".post-albums button").click()
    expect(page.locator(".toast").first).to_be_visible()
    context.close()
    return address


@pytest.fixture(scope="module")
def links(artel, browser, member_state, post):
    """The addresses of two share links to that post, one of them with a password."""
    context = browser.new_context(base_url=artel.address, storage_state=member_state)
    page, found = context.new_page(), []
    path = f"{post}/links"
    for password in ("", "a long enough one"):
        page.goto(path)
        page.fill("[name=password]", password)
        walk.submit(page, path)
        found.append(page.locator("[data-copy-text]").inner_text())
    context.close()
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_a_guest(visit, post, album, links, results, scheme, size):
    page = visit(size=size, color_scheme=scheme, locale=languages(scheme, size)[0])
    shared, closed = links
    for path in [*GUEST_PAGES, post, album, shared, closed]:
        page.goto(path)
        names = {post: "post", album: "album", shared: "shared", closed: "shared-closed"}
        name = names.get(path, path.strip("/").replace("/", "-") or "feed")
        check(page, f"guest-{name}-{scheme}-{size['width']}", results)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_a_member(visit, member_state, post, album, links, results, scheme, size):
    page = visit(member_state, size=size, color_scheme=scheme, locale=languages(scheme, size)[1])
    for path in MEMBER_PAGES:
        things = {"post": post, "edit": f"{post}/edit", "pictures": f"{post}/pictures", "links": f"{post}/links", "comment": post, "album": album, "album/edit": f"{album}/edit"}
        page.goto(things.get(path, path))
        if path == "comment":
            page.locator(".comment-action").first.click()
        check(page, f"member-{path.strip('/').replace('/', '-').replace('?', '-') or 'feed'}-{scheme}-{size['width']}", results)
    page.goto(f"{post}/links")
    page.fill("[name=until]", "2020-01-01")
    walk.submit(page, f"{post}/links")
    expect(page.locator("main [aria-invalid=true], main [data-form-error]").first).to_be_visible()
    check(page, f"member-links-refused-{scheme}-{size['width']}", results)
    page.goto("/upload")
    page.set_input_files("[data-files]", [walk.picture_file("a.png", png(800, 600, seed=82))])
    page.set_input_files("[data-files]", [walk.picture_file("b.png", png(600, 800, seed=85))])
    expect(page.locator("[data-queue] > li")).to_have_count(2)
    page.check("[data-one-post]")
    check(page, f"member-queue-{scheme}-{size['width']}", results)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_long_words_stay_on_the_page(visit, results, artel, size):
    page = visit(size=size)
    walk.sign_up(page, f"{size['width']}-".ljust(50, "w"), "Константинопольская-" * 5)
    post = walk.upload(page, "W" * 200, png(400, 1600, seed=83), "https://example.org/" + "x" * 300)
    for path in ["/", "/mine", post, f"{post}/edit"]:
        page.goto(path)
        name = "edit" if path.endswith("edit") else "post" if path == post else path.strip("/") or "feed"
        check(page, f"long-{name}-{size['width']}", results)
    walk.delete(page)


def test_the_keyboard_reaches_the_content_first(visit):
    page = visit()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/#content$"))


def test_a_form_is_filled_and_sent_by_keyboard(visit, member_state):
    page = visit()
    page.goto("/sign-in")
    page.locator("[name=login]").focus()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(walk.password("ada"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-menu] summary")).to_be_visible()
