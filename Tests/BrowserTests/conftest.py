"""What the browser tests share: one running Artel, one browser, and visitors with contexts of their own."""

import contextlib
import itertools
import os
import re
import shutil
import tempfile

import pytest
from playwright.sync_api import expect, sync_playwright

import walk
from server import ROOT, Artel

DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
RESULTS = ROOT / "test-results"
# How long a page may take for anything: it only ends tests that hang, also on a machine that is five times slower.
PATIENCE_MILLISECONDS = 60_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)
# Of the logs of servers, over all modules.
log_numbers = itertools.count()
# What the browser reports for an answer that a test asked for on purpose.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of (401|403|404|413|422)")


def pytest_addoption(parser):
    binary = ROOT / ".build" / "debug" / "artel"
    parser.addoption("--binary", default=str(binary), help=f"the artel to test; default {binary}")


@pytest.fixture(scope="session")
def results():
    """Where screenshots and logs are left."""
    RESULTS.mkdir(exist_ok=True)
    return RESULTS


@contextlib.contextmanager
def made_servers(config, results):
    """Makes servers with data directories of their own; all are stopped and removed at the end."""
    binary = config.getoption("--binary")
    assert os.access(binary, os.X_OK), f"{binary} is not there; bin/test builds it"
    servers = []
    # Two processes run the tests, each with servers of its own.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")

    def make(*options, data=None, **environment):
        data = data or tempfile.mkdtemp(prefix="artel-")
        log = results / f"server-{worker}-{next(log_numbers)}.log"
        log.unlink(missing_ok=True)
        servers.append(Artel(binary, data, log, options, environment))
        return servers[-1]

    yield make
    for server in servers:
        # One more start adopts the PostgreSQL that a killed server left behind, so that it stops, too; one that
        # refused its settings (64) has left none.
        if server.process and server.process.returncode not in (None, 0, 64):
            server.start()
        server.stop()
        shutil.rmtree(server.data, ignore_errors=True)


@pytest.fixture(scope="module")
def new_artel(request, results):
    with made_servers(request.config, results) as make:
        yield make


@pytest.fixture(scope="session")
def artel(request, results):
    with made_servers(request.config, results) as make:
        # All tests sign up from one address, more of them than strangers may in an hour.
        yield make(ARTEL_RATE_FACTOR="100").start()


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "no Chromium; bin/setup installs it"
    with sync_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        browser.on("context", lambda context: context.set_default_timeout(PATIENCE_MILLISECONDS))
        yield browser
        browser.close()


@pytest.fixture
def visit(artel, browser, results, request):
    """Opens a browser context: `visit()` for a guest, `visit(member_state)` for somebody signed in.

    A script error or a broken content policy on any page fails the test; a failed test leaves screenshots.
    """
    contexts, complaints = [], []

    def open_page(state=None, *, server=artel, size=DESKTOP, **options):
        options.setdefault("locale", "en-US")
        context = browser.new_context(
            base_url=server.address, viewport=size, storage_state=state, reduced_motion="reduce", **options)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda message: complaints.append(message.text)
                   if message.type == "error" and not EXPECTED.match(message.text) else None)
        contexts.append(context)
        return context.new_page()

    yield open_page
    failed = getattr(request.node, "failed", False)
    for number, context in enumerate(contexts):
        for page in context.pages if failed else ():
            name = re.sub(r"\W+", "-", request.node.name)
            page.screenshot(path=results / f"failed-{name}-{number}.png", full_page=True)
        context.close()
    assert not complaints


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call":
        item.failed = report.failed


@pytest.fixture(scope="session")
def member_state(artel, browser):
    """The cookies of ada, who is signed in."""
    context = browser.new_context(base_url=artel.address, locale="en-US")
    walk.sign_up(context.new_page(), "ada", "Ada Lovelace")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="session")
def another_member(artel):
    artel.new_member("grace")
    return "grace"


@pytest.fixture
def grace(artel, another_member):
    """An access token of another member: a new one, for they end after fifteen minutes, sooner than all tests do."""
    return artel.sign_in(another_member)
