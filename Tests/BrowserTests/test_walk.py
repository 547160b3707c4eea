"""The walk of a person through Artel, in a real browser."""

import re

import pytest
import walk
from pictures import png
from playwright.sync_api import expect


def test_a_person_signs_up_out_and_in_again(visit):
    page = visit()
    page.goto("/")
    page.locator("a[href='/sign-up']").first.click()
    walk.sign_up(page, "frances", "Frances Allen")
    page.locator("[data-menu] summary").click()
    expect(page.get_by_text("Frances Allen")).to_be_visible()
    page.keyboard.press("Escape")
    page.reload()
    walk.sign_out(page)
    page.goto("/upload")
    expect(page).to_have_url(re.compile("/sign-in"))
    walk.sign_in(page, "frances")


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(visit, member_state):
    page = visit()
    answers = []
    for login in ("ada", "nobody"):
        page.goto("/sign-in")
        page.fill("[name=login]", login)
        page.fill("[name=password]", "a wrong password")
        walk.submit(page, "/sign-in")
        expect(page.locator("[data-form-error]")).not_to_be_empty()
        answers.append(page.locator("[data-form-error]").inner_text())
        expect(page.locator("[name=login]")).to_have_value(login)
    assert answers[0] == answers[1] != ""


def test_a_refused_form_says_what_is_wrong_and_keeps_what_was_typed(visit, member_state):
    page = visit()
    page.goto("/sign-up")
    page.locator("form[action='/sign-up']").evaluate("form => { form.noValidate = true }")
    page.fill("[name=username]", "ADA")
    page.fill("[name=password]", "short")
    walk.submit(page, "/sign-up")
    expect(page.locator("[name=password]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#password-error")).not_to_be_empty()
    expect(page.locator("[name=username]")).to_have_value("ADA")


def test_several_pictures_are_uploaded_with_progress_and_appear_in_the_feed(visit, member_state):
    page = visit(member_state)
    page.goto("/upload")
    files = [walk.picture_file(f"river-{n}.png", png(900, 600, seed=n)) for n in range(3)]
    page.set_input_files("[data-files]", files)
    for n in range(3):
        walk.fill_item(page, n, f"River {n}", "Four in the afternoon.")

    held, are_held = [], True
    page.route("**/api/posts", lambda route: held.append(route) if are_held else route.continue_())
    page.locator("[data-publish]").click()
    expect(page.locator("[data-queue] progress:visible")).to_have_count(3)
    # Two are sent at a time.
    expect(page.locator("[data-queue] progress:visible:not([value])")).to_have_count(2)
    # A card says that it is sent before its request comes here.
    are_held = False
    for route in held:
        route.continue_()
    expect(page.locator("[data-queue] > .is-done")).to_have_count(3)

    page.goto("/")
    for n in range(3):
        walk.expect_picture(walk.tile(page, f"River {n}").locator(".tile-picture"))


def test_a_dropped_picture_is_uploaded(visit, member_state):
    page = visit(member_state)
    page.goto("/upload")
    walk.drop(page, "[data-drop]", ("dropped.png", png(500, 500, seed=9)))
    walk.fill_item(page, 0, "Dropped")
    walk.publish(page)
    page.goto("/")
    walk.expect_picture(walk.tile(page, "Dropped").locator(".tile-picture"))


def test_a_pasted_picture_is_uploaded(visit, member_state):
    page = visit(member_state)
    page.goto("/upload")
    walk.paste(page, ("pasted.png", png(400, 500, seed=10)))
    walk.fill_item(page, 0, "Pasted")
    walk.publish(page)
    page.goto("/")
    walk.expect_picture(walk.tile(page, "Pasted").locator(".tile-picture"))


def test_what_the_browser_cannot_read_is_refused_before_it_is_sent(visit, member_state):
    page = visit(member_state)
    page.goto("/upload")
    page.set_input_files("[data-files]", [walk.picture_file("broken.png", b"no picture at all")])
    refused = page.locator("[data-queue] > .is-refused")
    expect(refused.locator("[data-status]")).to_have_text(re.compile(r"\w"))
    expect(page.locator("[data-publish]")).to_be_hidden()


def test_what_the_server_refuses_is_said_in_words_and_leaves_nothing(visit, member_state, artel):
    def posts():
        # Their views are counted some moments later.
        return [post["id"] for post in artel.api("GET", "/api/posts?limit=100")[1]["items"]]

    before = posts()
    page = visit(member_state)
    page.goto("/upload")
    # The browser shows what there is of a picture that was cut short.
    page.set_input_files("[data-files]", [walk.picture_file("cut.png", png(300, 200)[:400])])
    page.locator("[data-publish]").click()
    failed = page.locator("[data-queue] > .is-failed")
    expect(failed.locator("[data-status]")).to_have_text("The file is damaged or is not a picture")
    expect(failed.locator("[data-retry]")).to_be_visible()
    assert posts() == before


def test_an_upload_waits_for_signing_in_again(visit):
    page = visit()
    walk.sign_up(page, "hedy")
    page.goto("/upload")
    page.set_input_files("[data-files]", [walk.picture_file("patient.png", png(600, 400, seed=12))])
    elsewhere = page.context.new_page()
    elsewhere.goto("/")
    walk.sign_out(elsewhere)
    page.locator("[data-publish]").click()
    expect(page.locator("[data-queue] > .is-failed [data-status]")).to_contain_text("signed out")
    walk.sign_in(elsewhere, "hedy")
    page.locator("[data-retry]").click()
    expect(page).to_have_url(re.compile("/posts/"))


def test_a_picture_is_opened_from_the_feed(visit, member_state):
    page = visit(member_state)
    walk.upload(page, "Opened", png(1200, 800, seed=21), "It has a description.")
    guest = visit()
    guest.goto("/")
    guest.get_by_role("link", name="Opened", exact=True).click()
    expect(guest).to_have_url(re.compile("/posts/"))
    expect(guest.get_by_role("heading", name="Opened")).to_be_visible()
    expect(guest.get_by_text("It has a description.")).to_be_visible()
    walk.expect_picture(guest.locator(".stage-picture"))
    original = guest.request.get(guest.locator(".stage-link").get_attribute("href"))
    assert original.ok and original.headers["content-type"].startswith("image/")
    expect(guest.locator("a[href$='/edit']")).to_have_count(0)


def test_title_and_description_are_changed(visit, member_state):
    page = visit(member_state)
    page.goto(walk.upload(page, "Before", png(400, 300, seed=31)))
    page.locator("a[href$='/edit']").click()
    page.fill("[name=title]", "After <b>all</b>")
    page.fill("[name=description]", "One line\nand another")
    page.locator("form[action$='/edit'] button:not([type=button])").click()
    expect(page.get_by_role("heading", name="After <b>all</b>")).to_be_visible()
    assert page.locator(".post-description").inner_text() == "One line\nand another"


def test_a_private_post_is_there_for_its_author_alone(visit, member_state, artel, grace):
    page, guest = visit(member_state), visit()
    address = walk.upload(page, "Mine alone", png(700, 500, seed=41))
    page.goto(address)
    public_picture = page.locator(".stage-picture").get_attribute("src")
    assert guest.request.get(public_picture).ok

    page.locator("form[action$='/edit'] button[name=visibility][value=private]").click()
    expect(page.locator("article .badge").first).to_be_visible()
    walk.expect_picture(page.locator(".stage-picture"))
    private_picture = page.locator(".stage-picture").get_attribute("src")
    assert page.request.get(private_picture).headers["cache-control"] == "no-store"

    assert guest.goto(address).status == 404
    assert [guest.request.get(p).status for p in (public_picture, private_picture)] == [404, 404]
    post = address.rsplit("/", 1)[1]
    assert artel.api("GET", f"/api/posts/{post}")[0] == 404
    assert artel.api("GET", f"/api/posts/{post}", token=grace)[0] == 404
    guest.goto("/")
    expect(walk.tile(guest, "Mine alone")).to_have_count(0)


def test_an_unlisted_post_is_there_for_whoever_has_its_address(visit, member_state, artel, grace):
    page, guest = visit(member_state), visit()
    page.goto("/upload")
    page.set_input_files("[data-files]", [walk.picture_file("few.png", png(700, 500, seed=45))])
    page.locator("label", has=page.locator("[data-all-visibility][value=unlisted]")).click()
    expect(page.locator("[data-visibility]")).to_have_value("unlisted")
    walk.fill_item(page, 0, "For a few")
    walk.publish(page)
    address = page.url.removeprefix(artel.address)

    answer = guest.goto(address)
    assert answer.status == 200 and answer.headers["x-robots-tag"] == "noindex"
    walk.expect_picture(guest.locator(".stage-picture"))
    expect(guest.get_by_text("With the link").first).to_be_visible()
    token = {"token": grace}
    assert artel.api("PUT", f"/api{address}/vote", {"type": "upvote"}, **token)[0] == 200
    assert artel.api("POST", f"/api{address}/comments", {"text": "Thank you"}, **token)[0] == 201
    for path in ("/", "/members/ada/posts", "/search?q=few"):
        guest.goto(path)
        expect(guest.get_by_text("For a few")).to_have_count(0)
    page.goto("/mine")
    expect(walk.tile(page, "For a few").locator(".badge")).to_be_visible()


def test_own_pictures_are_on_a_page_of_their_own_private_ones_too(visit, member_state, artel, grace):
    status, post = artel.api("POST", "/api/posts", token=grace, form={
        "title": "Of grace", "is_public": "true", "image": png(300, 300, seed=42)})
    assert status == 201, post
    page = visit(member_state)
    address = walk.upload(page, "Kept back", png(500, 700, seed=43))
    page.locator("form[action$='/edit'] button[name=visibility][value=private]").click()
    expect(page.locator("article .badge").first).to_be_visible()

    page.locator("[data-menu] summary").click()
    page.locator("[data-menu] a[href='/mine']").click()
    mine = walk.tile(page, "Kept back")
    walk.expect_picture(mine.locator(".tile-picture"))
    expect(mine.locator(".badge")).to_be_visible()
    expect(mine.locator(f"a[href='{address}']")).to_be_visible()
    expect(walk.tile(page, "Of grace")).to_have_count(0)


def test_the_pages_of_members_lead_a_guest_to_sign_in_and_back(visit, member_state):
    page = visit()
    page.goto("/mine")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.fill("[name=login]", "ada")
    page.fill("[name=password]", walk.password("ada"))
    walk.submit(page, "/sign-in")
    expect(page).to_have_url(re.compile(r"/mine$"))


def test_a_deleted_post_is_in_the_trash_until_it_is_gone(visit, member_state):
    page = visit(member_state)
    address = walk.upload(page, "Short-lived", png(300, 300, seed=51))
    page.goto(address)
    picture = page.locator(".stage-picture").get_attribute("src")
    walk.delete(page)
    assert visit().request.get(picture).status == 404
    page.get_by_role("button", name="Bring back Short-lived").click()
    expect(page.get_by_role("heading", name="Short-lived")).to_be_visible()
    assert visit().goto(page.url).status == 200

    walk.delete(page)
    page.goto("/")
    expect(walk.tile(page, "Short-lived")).to_have_count(0)
    assert page.goto(address).status == 404
    page.goto("/trash")
    page.locator("summary", has_text="Short-lived").click()
    page.get_by_role("button", name="Yes, delete for good Short-lived").click()
    expect(page.get_by_role("button", name="Bring back Short-lived")).to_have_count(0)
    assert page.request.get(picture).status == 404


def test_nobody_changes_the_post_of_another(visit, member_state, artel, grace):
    page = visit(member_state)
    post = walk.upload(page, "Hers", png(320, 240, seed=61)).rsplit("/", 1)[1]
    assert artel.api("PATCH", f"/api/posts/{post}", {"title": "Mine"}, token=grace)[0] == 403
    assert artel.api("DELETE", f"/api/posts/{post}", token=grace)[0] == 403
    assert artel.api("GET", f"/api/posts/{post}")[1]["title"] == "Hers"


@pytest.mark.parametrize("language, letters", [("en-US", "[a-z]"), ("ru-RU", "[а-я]")], ids=["en", "ru"])
def test_pages_speak_the_language_of_the_browser(visit, language, letters):
    page = visit(locale=language)
    page.goto("/sign-in")
    expect(page.locator("html")).to_have_attribute("lang", language[:2])
    expect(page.locator("h1")).to_have_text(re.compile(letters))


def test_language_and_theme_are_chosen_and_kept(visit):
    page = visit(color_scheme="light")
    page.goto("/")
    color = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(color)
    footer = page.locator("footer [data-preferences]")
    # It is shown before the server knows of it, and another page would end the request.
    with page.expect_response(lambda answer: answer.url.endswith("/preferences")):
        footer.locator("button[value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    footer.locator("button[value=ru]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.goto("/sign-up")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    assert page.evaluate(color) != light
    untranslated = page.evaluate("document.documentElement.outerHTML.match(/⟦[^⟧]*⟧/g)")
    assert untranslated is None
