"""The first start prints a link that makes whoever opens it the administrator, once."""

import json
import pathlib
import re

import pytest
import walk
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def server(new_artel):
    return new_artel().start()


def test_the_set_up_link_makes_the_administrator_once(server, visit):
    link = server.setup_links()[-1]
    page = visit(server=server, locale="ru-RU")
    page.goto(link)
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.fill("[name=username]", "vera")
    page.fill("[name=email]", "vera@example.org")
    page.fill("[name=display_name]", "Вера Соколова")
    page.fill("[name=password]", walk.password("vera"))
    walk.submit(page, "/setup")
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.locator("[data-menu] summary")).to_be_visible()
    expect(page.locator(".toast")).to_be_visible()

    token = server.api("POST", "/api/sessions", {"login": "vera", "password": walk.password("vera")})[1]["access_token"]
    assert server.api("GET", "/api/members/me", token=token)[1]["is_administrator"]
    assert visit(server=server).goto(link).status == 404


def test_no_link_is_printed_once_there_is_an_administrator(server):
    printed = server.setup_links()
    server.interrupt()
    assert server.wait_for_end() == 0
    server.start()
    assert server.setup_links() == printed


def test_a_wrong_link_makes_nobody_administrator(server, visit):
    page = visit(server=server)
    assert page.goto(f"{server.address}/setup?token=artel_su_wrong").status == 404
    expect(page.locator("form[action='/setup']")).to_have_count(0)


def test_the_log_says_that_databases_are_reached_and_schemas_current(server):
    lines = [json.loads(line) for line in pathlib.Path(server.log).read_text().splitlines() if line.startswith("{")]
    said = [line for line in lines if line.get("message") == "the database is reached and its schema is current"]
    assert {line["context"] for line in said} == {"accounts", "gallery", "search"}
    assert all(int(line["migrations"]) > 0 for line in said)
