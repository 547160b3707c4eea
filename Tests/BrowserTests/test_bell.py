"""The bell rings on every page of a member while it is open, and is silent on all devices once one has read."""

import re
import uuid

import pytest
import walk
from playwright.sync_api import expect

PHONE_AGENT = "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36"


@pytest.fixture
def member(artel, browser):
    """Somebody new for each test: (username, the cookies of a first device)."""
    name = f"bell{uuid.uuid4().hex[:12]}"
    context = browser.new_context(base_url=artel.address, locale="en-US")
    walk.sign_up(context.new_page(), name)
    state = context.storage_state()
    context.close()
    return name, state


def bell(page):
    return page.locator("[data-bell]")


@pytest.mark.parametrize("path", ["/", "/mine", "/notices"])
def test_a_sign_in_elsewhere_rings_without_a_reload(visit, member, path):
    name, state = member
    first, second = visit(state), visit(user_agent=PHONE_AGENT)
    first.goto(path)
    expect(bell(first)).to_have_accessible_name("Notices")
    first.evaluate("window.isSame = true")

    walk.sign_in(second, name)

    expect(bell(first)).to_have_accessible_name("Notices, unread: 1")
    expect(first.locator("[data-bell-count]")).to_have_text("1")
    expect(first.locator("[data-bell-status]")).to_have_text("Notices, unread: 1")
    assert first.evaluate("window.isSame")
    if path == "/notices":
        expect(first.locator(".notice-unread")).to_contain_text("Chrome")

    second.goto("/notices")
    expect(bell(second)).to_have_accessible_name("Notices, unread: 1")
    expect(second.locator(".notice-unread")).to_contain_text("127.0.0.1")
    walk.submit(second, "/notices/read")
    expect(bell(second)).to_have_accessible_name("Notices")
    expect(second.locator(".notice-unread")).to_have_count(0)
    expect(bell(first)).to_have_accessible_name("Notices")
    expect(first.locator("[data-bell-count]")).to_be_hidden()
    assert first.evaluate("window.isSame")


def test_what_happened_while_the_page_was_on_its_way_rings_too(visit, member, artel):
    name, state = member
    page = visit(state)
    page.goto("/mine")
    # The page is made before, and its script runs after it happened.
    page.route("**/js/app*.js", lambda route: (walk_in(artel, name), route.continue_()))
    page.goto("/mine")
    expect(bell(page)).to_have_accessible_name("Notices, unread: 1")


def walk_in(artel, name):
    status, answer = artel.api("POST", "/api/sessions", {"login": name, "password": walk.password(name)})
    assert status == 201, answer


def test_every_page_has_one_connection_and_guests_only_the_feed(visit, member):
    _, state = member
    page, guest = visit(state), visit()
    sockets = []
    for visitor in (page, guest):
        visitor.on("websocket", lambda socket: sockets.append(socket.url))
    for path, count in (("/", 1), ("/mine", 1), ("/notices", 1), ("/upload", 1)):
        sockets.clear()
        with page.expect_event("websocket"):
            page.goto(path)
        page.wait_for_load_state("networkidle")
        assert len(sockets) == count, (path, sockets)
    for path, count in (("/", 1), ("/sign-in", 0), ("/?order=hot", 0), ("/search", 0)):
        sockets.clear()
        guest.goto(path)
        guest.wait_for_load_state("networkidle")
        assert len([url for url in sockets if "topics=feed" in url]) == len(sockets) <= count, (path, sockets)


def test_a_hidden_page_gives_its_connection_back(visit, member, artel):
    name, state = member
    page = visit(state)
    page.clock.install()
    with walk.connected(page):
        page.goto("/mine")
    hide = """hidden => { Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
      document.dispatchEvent(new Event("visibilitychange")); }"""
    page.evaluate(hide, True)
    walk_in(artel, name)
    page.clock.run_for(59_000)
    # It was told, and nobody looked.
    expect(bell(page)).to_have_accessible_name("Notices")
    page.clock.run_for(2_000)
    with page.expect_event("websocket"):
        page.evaluate(hide, False)
        page.clock.run_for(1_000)
    expect(bell(page)).to_have_accessible_name("Notices, unread: 1")


def test_the_keyboard_reaches_the_bell(visit, member):
    _, state = member
    page = visit(state)
    page.goto("/upload")
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-bell]')"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/notices$"))
    expect(page.get_by_role("heading", name="Notices", exact=True)).to_be_visible()


def test_without_javascript_notices_work_all_the_same(visit, member):
    name, _ = member
    page = visit(java_script_enabled=False, user_agent=PHONE_AGENT)
    walk.sign_in(page, name)
    page.goto("/notices")
    expect(bell(page)).to_have_accessible_name("Notices, unread: 1")
    walk.submit(page, "/notices/read")
    expect(bell(page)).to_have_accessible_name("Notices")
    expect(page.get_by_role("button", name="Mark all as read")).to_have_count(0)
