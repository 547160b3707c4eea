"""Several pictures in a post: sending them, looking at them, putting them in order."""

import base64
import re

import pytest
import walk
from pictures import png
from playwright.sync_api import expect

# A red AVIF of 48 × 32 pixels.
AVIF = base64.b64decode(
    "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "AA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAEOAAEAAAAAAAAAHgAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEA"
    "AGF2MDEAAAAAamlwcnAAAABLaXBjbwAAABNjb2xybmNseAACAAIABoAAAAAMYXYxQ4EADAAAAAAUaXNwZQAAAAAAAAAwAAAAIAAA"
    "ABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgYIDhAAAACZtZGF0EgAKCRgVL/sECAgaEDIPGAAAAEALPPuRNAaHqcgg")
PHONE = {"width": 390, "height": 844}


def files(*seeds):
    return [walk.picture_file(f"{seed}.png", png(400, 300, seed=seed)) for seed in seeds]


def publish_together(page, *seeds):
    """Sends pictures as one post, each with its words; its page is open then."""
    page.goto("/upload")
    page.set_input_files("[data-files]", files(*seeds))
    page.check("[data-one-post]")
    for place in range(len(seeds)):
        page.locator("[data-alt]").nth(place).fill(f"Seen: {place + 1}")
    walk.fill_item(page, 0, "Together", "One description")
    expect(page.locator("[data-title]:visible")).to_have_count(1)
    page.locator("[data-publish]").click()
    walk.expect_post(page)




@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_several_pictures_are_one_post_that_arrow_keys_lead_through(visit, size):
    page = visit(size=size) if size else visit()
    walk.sign_up(page, f"strip-{'phone' if size else 'desktop'}")
    publish_together(page, 901, 902, 903)

    expect(page.locator(".strip-place")).to_have_count(3)
    expect(page.locator("[data-strip-number][aria-current]")).to_have_text("1")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-strip-number][aria-current]")).to_have_text("2")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-strip-number][aria-current]")).to_have_text("3")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-strip-number][aria-current]")).to_have_text("2")
    page.wait_for_function("document.querySelector('[data-strip]').scrollLeft > 0")
    page.locator("[data-strip-number]").first.click()
    expect(page.locator("[data-strip-number][aria-current]")).to_have_text("1")
    page.goto("/")
    expect(walk.tile(page, "Together").locator(".tile-count").first).to_contain_text("3")


def test_a_click_opens_a_picture_in_full(visit):
    page = visit()
    walk.sign_up(page, "zooming")
    publish_together(page, 904, 905)

    page.locator(".stage-link").first.click()
    zoomed = page.locator("[data-zoom-picture]")
    expect(page.locator("[data-zoom-dialog]")).to_be_visible()
    expect(zoomed).to_have_attribute("src", re.compile(r"/original\.png$"))
    expect(zoomed).to_have_attribute("alt", "Seen: 1")
    page.keyboard.press("ArrowRight")
    expect(zoomed).to_have_attribute("alt", "Seen: 2")
    page.keyboard.press("Escape")
    expect(page.locator("[data-zoom-dialog]")).to_be_hidden()


def test_pictures_are_ordered_described_and_removed_without_scripts(visit):
    page = visit(java_script_enabled=False)
    walk.sign_up(page, "arranging")
    page.goto("/upload")
    page.set_input_files("#image", files(906, 907, 908))
    page.fill("form[action='/upload'] [name=title]", "Arranged")
    walk.submit(page, "/upload")
    walk.expect_post(page)
    post = page.url
    page.locator("a[href$='/pictures']").first.click()
    items = page.locator(".arrange-item")
    expect(items).to_have_count(3)
    ids = [items.nth(place).get_attribute("id") for place in range(3)]

    items.nth(0).locator("textarea").fill("The old bridge")
    items.nth(0).locator("button[name=position]").click()
    expect(items.nth(1)).to_have_attribute("id", ids[0])
    expect(items.nth(1).locator("textarea")).to_have_value("The old bridge")
    expect(items.nth(0).locator(".badge")).to_be_visible()
    items.nth(2).locator("button[name=is_cover]").click()
    expect(items.nth(2).locator(".badge")).to_be_visible()
    items.nth(0).locator("button[formaction]").click()
    expect(items).to_have_count(2)
    page.set_input_files("#image", files(909))
    page.locator("form[enctype] button").click()
    expect(items).to_have_count(3)

    page.goto(post)
    expect(page.locator(".stage-picture").first).to_have_attribute("alt", "The old bridge")


def test_a_photograph_of_a_phone_is_taken_and_a_blurred_one_stands_in_for_it(visit):
    page = visit()
    walk.sign_up(page, "phonephoto")
    page.goto("/upload")
    # Systems that do not know HEIC name no type for it.
    page.set_input_files("[data-files]", {"name": "IMG_1.HEIC", "mimeType": "", "buffer": AVIF})
    expect(page.locator("[data-status]")).to_have_text("")
    walk.fill_item(page, 0, "From a phone", "")
    page.locator("[data-publish]").click()
    walk.expect_post(page)

    expect(page.locator(".stage-link")).to_have_attribute("href", re.compile(r"/original\.jpg$"))
    blur = page.locator(".stage-blur")
    assert blur.get_attribute("src").startswith("data:image/webp;base64,")
    page.goto("/")
    assert walk.tile(page, "From a phone").locator(".tile-blur").evaluate(
        "image => image.decode().then(() => image.naturalWidth)") == 16
