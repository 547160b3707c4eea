"""What pages tell of errors that nobody caught, as the operator finds it in the system log."""

import json
import time

import pytest

BROKEN = "setTimeout(() => { throw new Error('the easel broke') });"


@pytest.fixture
def page(artel, browser):
    """A page whose errors fail no test."""
    context = browser.new_context(base_url=artel.address, locale="en-US")
    yield context.new_page()
    context.close()


def recorded(artel):
    result = artel.command("log", "--act", "browser.error", "--json")
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_error_in_a_script_is_recorded_without_the_query(artel, page):
    page.route("**/assets/broken.js?key=secret", lambda route: route.fulfill(
        body=BROKEN, content_type="text/javascript"))
    page.goto("/?search=secret")
    with page.expect_response("**/api/browser-errors") as answer:
        page.evaluate(
            "const script = document.createElement('script'); script.src = '/assets/broken.js?key=secret';"
            " document.head.append(script)")
    assert answer.value.status == 204
    entry = next(entry for entry in recorded(artel) if "the easel broke" in entry["details"]["message"])
    assert entry["level"] == "error" and entry["address"] == "127.0.0.1"
    assert entry["details"]["source"] == "/assets/broken.js" and entry["details"]["page"] == "/"
    assert "secret" not in json.dumps(entry)


def test_a_promise_that_nobody_caught_is_recorded(artel, page):
    page.goto("/search")
    with page.expect_response("**/api/browser-errors") as answer:
        page.evaluate("void Promise.reject(new TypeError('no paint'))")
    assert answer.value.status == 204
    entry = next(entry for entry in recorded(artel) if "no paint" in entry["details"]["message"])
    assert entry["details"]["message"] == "TypeError: no paint" and entry["details"]["page"] == "/search"


def test_a_page_tells_five_errors_at_most(page):
    page.goto("/")
    told = []
    page.on("request", lambda request: told.append(request.url) if "browser-errors" in request.url else None)
    page.evaluate(
        "for (let number = 0; number < 20; number++) dispatchEvent(new ErrorEvent('error', "
        "{ message: `flood ${number % 10}`, filename: location.href, lineno: 1 }))")
    # What is asked for behind them comes behind them, so a sixth would have been noticed.
    with page.expect_response("**/health/ready"):
        page.evaluate("void fetch('/health/ready')")
    deadline = time.monotonic() + 60
    while len(told) < 5 and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert len(told) == 5
