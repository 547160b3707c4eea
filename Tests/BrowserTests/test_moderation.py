"""What is reported, looked at and taken down: the walk of three members, and every page of it with axe, on a phone too."""

import re

import pytest
import walk
from conftest import DESKTOP, PHONE
from pictures import png
from playwright.sync_api import expect
from test_accessibility import check


@pytest.mark.parametrize("size, scheme, locale", [
    (DESKTOP, "light", "en-US"), (PHONE, "dark", "ru-RU")], ids=["desktop", "phone"])
def test_a_report_leads_to_a_decision_that_everybody_is_told_of(visit, artel, results, size, scheme, locale):
    look = {"size": size, "color_scheme": scheme, "locale": locale}
    painter, reader, warden = (f"{name}-{size['width']}" for name in ["painter", "reader", "warden"])
    author = visit(**look)
    walk.sign_up(author, painter)
    address = walk.upload(author, "Doubtful", png(640, 480, seed=size["width"]))

    other = visit(**look)
    walk.sign_up(other, reader)
    other.goto(address)
    other.locator("a[href$='/report']").click()
    check(other, f"report-{size['width']}", results)
    other.locator("select[name=reason]").select_option("copyright")
    other.fill("[name=text]", "It is from a book.")
    other.locator("form[action$='/report'] button").click()
    expect(other).to_have_url(re.compile(r"/posts/[^/]+$"))

    moderator = visit(**look)
    walk.sign_up(moderator, warden)
    assert moderator.goto("/moderation").status == 404
    promoted = artel.command("member", "promote", warden, "--moderator")
    assert promoted.returncode == 0, promoted.stderr
    walk.sign_out(moderator)
    walk.sign_in(moderator, warden)
    moderator.goto("/")
    moderator.locator("[data-menu] summary").click()
    moderator.locator(".menu-item[href='/moderation']").click()
    case = moderator.locator(".case", has_text=painter.capitalize())
    expect(case.locator(".case-picture")).to_be_visible()
    check(moderator, f"moderation-{size['width']}", results)
    case.locator("input[name=reason]").fill("Not yours")
    case.locator("button[value=ban]").click()
    expect(moderator.locator(".case", has_text=painter.capitalize())).to_have_count(0)
    moderator.locator("a[href='/moderation/bans']").click()
    ban = moderator.locator(".case", has_text=painter.capitalize())
    expect(ban).to_contain_text("Not yours")
    check(moderator, f"bans-{size['width']}", results)

    assert other.goto(address).status == 404
    author.goto("/trash")
    expect(author.locator(".trash-post .badge")).to_be_visible()
    expect(author.locator("form[action$='/restore']")).to_have_count(0)
    check(author, f"taken-down-{size['width']}", results)
    author.goto("/upload")
    author.set_input_files("[data-files]", [walk.picture_file("again.png", png(640, 480, seed=size["width"]))])
    author.locator("[data-publish]").click()
    expect(author.locator("[data-queue] > .is-failed")).to_contain_text(re.compile("taken down|сняли"))
    check(author, f"banned-upload-{size['width']}", results)
    author.goto("/notices")
    expect(author.get_by_text("Not yours")).to_be_visible()
