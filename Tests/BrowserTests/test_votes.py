"""Votes and comments in a real browser: a script counts in place, and without it forms do the same."""

import walk
from pictures import png
from playwright.sync_api import expect


def test_a_vote_is_shown_in_place_and_stays(visit, artel, member_state):
    page = visit(member_state)
    post = walk.upload(page, "Voted on", png(640, 480, seed=91))
    page.goto(post)
    up = page.locator(".post-side [data-type=upvote]")
    score = page.locator(".post-side .votes-score")

    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(score).to_have_text("1")
    page.reload()
    expect(up).to_have_attribute("aria-pressed", "true")

    page.locator(".post-side [data-type=downvote]").click()
    expect(score).to_have_text("-1")
    expect(up).to_have_attribute("aria-pressed", "false")
    page.locator(".post-side [data-type=downvote]").click()
    expect(score).to_have_text("0")


def test_a_guest_who_votes_is_led_to_sign_in(visit, member_state):
    member = visit(member_state)
    post = walk.upload(member, "Looked at by guests", png(640, 480, seed=92))
    page = visit()
    page.goto(post)
    page.locator(".post-side [data-type=upvote]").click()
    expect(page.locator("form[action='/sign-in']")).to_be_visible()
