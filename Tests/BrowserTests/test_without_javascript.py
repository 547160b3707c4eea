"""Everything that matters works with scripts switched off."""

import re

import pytest
import walk
from pictures import png
from playwright.sync_api import expect


@pytest.fixture
def page(visit):
    page = visit(java_script_enabled=False)
    return page


def upload(page, title):
    page.goto("/upload")
    page.set_input_files("#image", [walk.picture_file("picture.png", png(640, 480, seed=71))])
    page.fill("form[action='/upload'] [name=title]", title)
    walk.submit(page, "/upload")
    walk.expect_post(page)


def test_a_person_signs_up_uploads_edits_hides_and_deletes(page, visit):
    walk.sign_up(page, "linus")
    upload(page, "By hand")
    page.goto("/")
    walk.tile(page, "By hand").get_by_role("link", name="By hand").click()
    expect(page.get_by_role("heading", name="By hand")).to_be_visible()

    page.locator("a[href$='/edit']").click()
    page.fill("[name=title]", "By hand, again")
    page.check("[name=visibility][value=private]")
    page.locator("form[action$='/edit'] button:not([type=button])").click()
    expect(page.get_by_role("heading", name="By hand, again")).to_be_visible()
    assert visit().goto(page.url).status == 404

    walk.delete(page)
    expect(page.get_by_role("heading", name="By hand, again")).to_be_visible()
    page.goto("/mine")
    expect(walk.tile(page, "By hand, again")).to_have_count(0)
    walk.sign_out(page)


def test_a_refused_upload_keeps_the_words(page):
    walk.sign_up(page, "barbara")
    page.goto("/upload")
    page.set_input_files("#image", [{"name": "a.png", "mimeType": "image/png", "buffer": b"no picture at all"}])
    page.fill("form[action='/upload'] [name=title]", "Worth keeping")
    walk.submit(page, "/upload")
    expect(page.locator("#image-error, [data-form-error]").filter(has_text=re.compile(r"\w")).first).to_be_visible()
    expect(page.locator("form[action='/upload'] [name=title]")).to_have_value("Worth keeping")


def test_language_and_theme_are_chosen(page):
    page.goto("/")
    footer = page.locator("footer [data-preferences]")
    footer.locator("button[value=ru]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    footer.locator("button[value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
