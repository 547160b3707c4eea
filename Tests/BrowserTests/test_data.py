"""What a member takes along, and how they leave: in a real browser, with and without scripts."""

import io
import json
import re
import zipfile

import pytest
import walk
from pictures import png
from playwright.sync_api import expect


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_member_takes_everything_along(visit, artel, has_scripts):
    page = visit(java_script_enabled=has_scripts)
    name = f"archive-{'with' if has_scripts else 'without'}"
    walk.sign_up(page, name, "Ада Лавлейс")
    picture = png(40, 30, seed=3)
    token = artel.api("POST", "/api/sessions", {"login": name, "password": walk.password(name)})[1]["access_token"]
    status, post = artel.api("POST", "/api/posts", token=token, form={"title": "Зима", "is_public": "false", "image": picture})
    assert status == 201, post

    page.goto("/settings/data")
    walk.submit(page, "/settings/data/exports")
    link = page.locator("a[href^='/exports/']")
    if not has_scripts:
        while not link.count():
            page.reload()
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()

    assert re.fullmatch(r"artel-\d{4}-\d\d-\d\d\.zip", download.value.suggested_filename)
    archive = zipfile.ZipFile(io.BytesIO(open(download.value.path(), "rb").read()))
    assert archive.testzip() is None
    account = json.loads(archive.read("accounts/account.json"))[0]
    assert account["display_name"] == "Ада Лавлейс" and account["email"] == f"{name}@example.org"
    kept = json.loads(archive.read("gallery/posts.json"))
    assert [(one["id"], one["title"], one["visibility"]) for one in kept] == [(post["id"], "Зима", "private")]
    pictures = json.loads(archive.read("gallery/pictures.json"))
    assert [one["post_id"] for one in pictures] == [post["id"]]
    assert archive.read(f"gallery/{pictures[0]['file']}").startswith(b"\x89PNG")


def test_a_member_leaves_and_stays_after_all(visit):
    page = visit()
    walk.sign_up(page, "leaving-page")
    page.goto("/settings/data")
    page.fill("[name=password]", "not the right one")
    walk.submit(page, "/settings/data/departure")
    expect(page.locator("[data-form-error]")).to_be_visible()
    page.fill("[name=password]", walk.password("leaving-page"))
    walk.submit(page, "/settings/data/departure")
    expect(page.locator("form[action='/settings/data/departure/end']")).to_be_visible()
    page.goto("/")
    banner = page.locator(".page-banner")
    expect(banner).to_contain_text("will be deleted on")
    banner.locator("a").click()
    walk.submit(page, "/settings/data/departure/end")
    expect(banner).to_have_count(0)
