"""The search box of every page: suggestions while one types, by mouse and by keys."""

import re

import pytest
from pictures import png
from playwright.sync_api import expect
from server import eventually

TITLES = ["Quagga at dawn", "Quagga at dusk"]


@pytest.fixture(scope="module")
def posts(artel):
    """Two posts that nothing else is called like, by title, as soon as search finds them."""
    token = artel.new_member("drover")
    made = {}
    for seed, title in enumerate(TITLES, 300):
        status, post = artel.api("POST", "/api/posts", token=token, form={
            "title": title, "is_public": "true", "image": png(300, 200, seed=seed)})
        assert status == 201, post
        made[title] = f"/posts/{post['id']}"
    eventually(lambda: len(artel.api("GET", "/api/search?q=quagga")[1]["items"]) == len(made), "the posts in search")
    return made


@pytest.fixture
def page(visit, posts):
    page = visit()
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#search-box")).to_be_focused()
    return page


def suggestions(page):
    return page.get_by_role("listbox", name="Suggestions")


def test_the_box_suggests_what_begins_as_one_types(page, posts):
    page.keyboard.type("quag")

    options = suggestions(page).get_by_role("option")
    expect(options).to_have_count(3)
    assert set(options.all_inner_texts()[:2]) == set(TITLES)
    expect(options.first.locator("mark")).to_have_text("Quagga")
    expect(page.locator("#search-box")).to_have_attribute("aria-expanded", "true")

    options.filter(has_text=TITLES[1]).click()
    expect(page).to_have_url(re.compile(posts[TITLES[1]]))


def test_keys_lead_through_suggestions_and_back_to_the_words(page, posts):
    box, options = page.locator("#search-box"), suggestions(page).get_by_role("option")
    page.keyboard.type("quagga")
    expect(options).to_have_count(3)

    page.keyboard.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.nth(0).get_attribute("id")
    page.keyboard.press("ArrowUp")
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("Escape")
    expect(suggestions(page)).to_be_hidden()
    expect(box).to_have_value("quagga")

    page.keyboard.type(" ")
    expect(options).to_have_count(3)
    first = posts[options.nth(0).inner_text()]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(first))


def test_the_last_suggestion_is_everything_that_is_found(page):
    page.keyboard.type("quagga")
    expect(suggestions(page)).to_be_visible()

    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/search\?q=quagga$"))
    expect(page.locator(".search-hit")).to_have_count(2)


# Fails when a request that was called off closes the list: it goes and comes with every letter.
def test_suggestions_stay_while_one_types_on(page):
    page.keyboard.type("quag")
    expect(suggestions(page)).to_be_visible()
    # From here on nothing is answered.
    page.route("**/api/search?*", lambda route: None)
    with page.expect_request(re.compile("q=quagg&")):
        page.keyboard.type("g")

    with page.expect_request(re.compile("q=quagga&")):
        page.keyboard.type("a")

    assert suggestions(page).is_visible()
    page.unroute_all(behavior="ignoreErrors")


def test_without_a_useful_answer_the_box_is_a_form(page):
    page.route("**/api/search?*", lambda route: route.fulfill(body="<html>"))
    with page.expect_response(re.compile("/api/search")):
        page.keyboard.type("quagga")
    expect(suggestions(page)).to_be_hidden()

    page.keyboard.press("Enter")

    expect(page.locator(".search-hit")).to_have_count(2)


def test_one_letter_and_spaces_ask_for_nothing(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.type(" q   ")
    # Behind the patience of the box, as the page counts it.
    page.evaluate("() => new Promise((done) => setTimeout(done, 400))")

    assert not any("/api/search" in url for url in asked)
