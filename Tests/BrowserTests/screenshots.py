"""Takes pictures of every page in both themes, both sizes and both languages.

  .venv/bin/python Tests/BrowserTests/screenshots.py DIRECTORY [--binary PATH] [--only NAME …]

Starts a server of its own with the demo data. File names say page, language, theme and size.
"""

import argparse
import itertools
import os
import pathlib
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

import walk
from pictures import png
from playwright.sync_api import expect, sync_playwright
from server import ROOT, Artel, call

SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
THEMES = ["light", "dark"]
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
    "curl/8.14.1",
]
LANGUAGES = {"en": "en-US", "ru": "ru-RU"}


def open_first_post(page):
    page.goto("/")
    page.locator("[data-feed] a[href^='/posts/']").first.click()


def comment_on_a_post(page):
    open_first_post(page)
    if page.locator(".comment").count() == 0:
        for text in ["С какого берега это снято?", "Light like this lasts ten minutes.\nWell caught."]:
            page.fill("[name=text]", text)
            page.locator(".comment-form button").click()
            page.locator(".comment-text", has_text=text[:10]).wait_for()
    if page.locator(".votes [data-type=upvote][aria-pressed=false]").count():
        page.locator(".votes [data-type=upvote][aria-pressed=false]").first.click()
    page.locator(".votes [aria-pressed=true]").first.wait_for()


def fill_queue(page):
    page.goto("/upload")
    page.set_input_files("[data-files]", [walk.picture_file(f"river-{n}.png", png(900, 600, n)) for n in range(3)])
    expect(page.locator("[data-queue] > li")).to_have_count(3)


def refuse_sign_up(page):
    page.goto("/sign-up")
    page.locator("form[action='/sign-up']").evaluate("form => { form.noValidate = true }")
    page.fill("[name=username]", "a!")
    page.fill("[name=password]", "short")
    walk.submit(page, "/sign-up")


def open_menu(page):
    page.goto("/")
    page.locator("[data-menu] summary").click()


def open_notices(page):
    page.goto("/notices")
    page.locator("[data-bell-count]").wait_for()


def suggest(page):
    page.goto("/")
    if page.locator("#search-box").is_visible():
        page.keyboard.press("/")
        page.keyboard.type("пер")
        page.locator(".search-suggestion").first.wait_for()


def ring(address, username):
    """Lets the bell of a member ring for three sign-ins, of which the first one is read."""
    login = {"login": username, "password": walk.password(username)}
    for number, agent in enumerate(AGENTS):
        token = call(address, "POST", "/api/sessions", login, agent=agent)[1]["access_token"]
        if number == 0:
            newest = call(address, "GET", "/api/notices", token=token)[1]["items"][0]["id"]
            call(address, "POST", "/api/notices/read", {"through": newest}, token=token)


def keep_away(address):
    """Nadia tells of herself; Olga shows a picture, blocks her, and mutes somebody of the demo."""
    tokens = {}
    for username in ("nadia", "olga"):
        login = {"login": username, "password": walk.password(username)}
        tokens[username] = call(address, "POST", "/api/sessions", login)[1]["access_token"]
    bio = "Roofs, rivers and the first frost.\nI come to the workshop on Saturdays."
    call(address, "PATCH", "/api/members/me", {"bio": bio}, token=tokens["nadia"])
    call(address, "PUT", "/api/members/me/avatar", token=tokens["olga"], form={"image": png(600, 600, seed=4)})
    call(address, "PUT", "/api/members/nadia/block", token=tokens["olga"])
    found = call(address, "GET", "/api/posts?limit=100")[1]["items"]
    other = next(post["author"]["username"] for post in found if post["author"]["username"] != "nadia")
    call(address, "PUT", f"/api/members/{other}/mute", token=tokens["olga"])
    reported = next(post["id"] for post in found if post["author"]["username"] != "nadia")
    report = {"reason": "spam", "text": "The same advertisement as last week."}
    call(address, "POST", f"/api/posts/{reported}/reports", report, token=tokens["nadia"])
    call(address, "PUT", "/api/members/vera/follow", token=tokens["olga"])
    call(address, "PUT", "/api/members/ingrid/follow", token=tokens["olga"])


def leave(page, username):
    """Takes everything along and asks to leave."""
    page.goto("/settings/data")
    walk.submit(page, "/settings/data/exports")
    page.locator("a[href^='/exports/']").wait_for()
    page.fill("[name=password]", walk.password(username))
    walk.submit(page, "/settings/data/departure")
    page.locator(".page-banner").wait_for()


def ask_to_delete(page, own):
    page.goto(own)
    page.locator("button[popovertarget='delete-post']").first.click()


def open_member(page):
    page.goto("/admin/members?q=olga")
    page.locator(".admin-person-name").first.click()
    page.locator("h1").wait_for()


def ask_to_suspend(page):
    open_member(page)
    page.locator("[popovertarget=suspend]").first.click()


def set_up_codes(page):
    page.goto("/settings/two-factor")
    if page.locator("form[action$='/begin']").count():
        page.locator("form[action$='/begin'] button").click()
    page.locator("form[action$='/confirm']").wait_for()


def panel():
    """(name, way there) of every page of the panel, for an administrator."""
    pages = ["", "/members", "/log", "/jobs", "/events", "/databases", "/databases/accounts/members", "/settings", "/mailbox"]
    named = [(f"admin{path.replace('/', '-')}", "admin", lambda page, path=path: page.goto(f"/admin{path}")) for path in pages]
    return [*named, ("admin-member", "admin", open_member), ("admin-suspend", "admin", ask_to_suspend)]


def settings():
    """Likewise of the settings that need no more than going there."""
    sections = ["email", "phone", "password", "sessions", "two-factor", "passkeys", "tokens"]
    return [(f"settings-{name}", True, lambda page, name=name: page.goto(f"/settings/{name}")) for name in sections]


def views(own):
    """(name, signed in, how to get there) of every page and state worth looking at; "new" is a member since today and a moderator, "admin" an
    administrator, "leaving" somebody who is about to leave."""
    return [
        ("feed-guest", False, lambda page: page.goto("/")),
        ("sign-up", False, lambda page: page.goto("/sign-up")),
        ("sign-up-refused", False, refuse_sign_up),
        ("sign-in", False, lambda page: page.goto("/sign-in")),
        ("post-guest", False, open_first_post),
        ("tags", False, lambda page: page.goto("/tags")),
        ("tag", False, lambda page: page.goto("/tags/sneg")),
        ("best", False, lambda page: page.goto("/?order=top&period=month")),
        ("search-start", False, lambda page: page.goto("/search")),
        ("search", False, lambda page: page.goto("/search?q=пер")),
        ("search-nothing", False, lambda page: page.goto("/search?q=qwxzj")),
        ("suggestions", False, suggest),
        ("member-guest", False, lambda page: page.goto("/members/nadia")),
        ("not-found", False, lambda page: page.goto("/nothing-here")),
        ("feed", True, lambda page: page.goto("/")),
        ("post-comments", True, comment_on_a_post),
        ("home-empty", True, lambda page: page.goto("/home")),
        ("home", "new", lambda page: page.goto("/home")),
        ("followers", True, lambda page: page.goto("/members/nadia/followers")),
        ("member-posts", True, lambda page: page.goto("/members/vera/posts")),
        ("mine", True, lambda page: page.goto("/mine")),
        ("menu", True, open_menu),
        ("notices", True, open_notices),
        ("member-own", True, lambda page: page.goto("/members/nadia")),
        ("member-other", True, lambda page: page.goto("/members/olga")),
        ("member-blocked", "new", lambda page: page.goto("/members/nadia")),
        ("settings-profile", True, lambda page: page.goto("/settings/profile")),
        ("settings-profile-picture", "new", lambda page: page.goto("/settings/profile")),
        ("settings-preferences", True, lambda page: page.goto("/settings/preferences")),
        ("settings-privacy", "new", lambda page: page.goto("/settings/privacy")),
        ("settings-privacy-empty", True, lambda page: page.goto("/settings/privacy")),
        *settings(),
        ("settings-data", True, lambda page: page.goto("/settings/data")),
        ("settings-data-leaving", "leaving", lambda page: page.goto("/settings/data")),
        ("feed-leaving", "leaving", lambda page: page.goto("/")),
        ("settings-two-factor-code", "new", set_up_codes),
        ("prove", True, lambda page: page.goto("/sign-in/again?return_to=/settings/tokens")),
        ("prove-factor", True, lambda page: page.goto("/sign-in/again?return_to=/admin&second_factor=true")),
        *panel(),
        ("moderation", "new", lambda page: page.goto("/moderation")),
        ("moderation-bans", "new", lambda page: page.goto("/moderation/bans")),
        ("albums", True, lambda page: page.goto("/albums")),
        ("trash", True, lambda page: page.goto("/trash")),
        ("links", True, lambda page: page.goto(own + "/links")),
        ("forgot-password", False, lambda page: page.goto("/forgot-password")),
        ("sign-in-phone", False, lambda page: page.goto("/sign-in/phone")),
        ("notices-empty", "new", lambda page: page.goto("/notices")),
        ("upload", True, lambda page: page.goto("/upload")),
        ("upload-queue", True, fill_queue),
        ("post-own", True, lambda page: page.goto(own)),
        ("edit", True, lambda page: page.goto(own + "/edit")),
        ("delete", True, lambda page: ask_to_delete(page, own)),
    ]


def take(browser, server, folder, only):
    address = server.address
    context = browser.new_context(base_url=address, locale="en-US")
    page = context.new_page()
    walk.sign_up(page, "nadia", "Nadia Bulat")
    own = walk.upload(page, "Morning over the roofs", png(1800, 1200, seed=5), "The first frost of the year.")
    state = context.storage_state()
    ring(address, "nadia")
    context.clear_cookies()
    walk.sign_up(page, "olga", "Olga Vetrova")
    keep_away(address)
    new_state = context.storage_state()
    context.clear_cookies()
    walk.sign_up(page, "pavel", "Pavel Orlov")
    leave(page, "pavel")
    leaving_state = context.storage_state()
    context.clear_cookies()
    walk.sign_up(page, "margaret", "Margaret Hamilton")
    assert server.command("member", "promote", "margaret").returncode == 0
    assert server.command("member", "promote", "olga", "--moderator").returncode == 0
    while page.goto("/admin").status != 200:
        page.wait_for_timeout(500)
    admin_state = context.storage_state()
    for (size, viewport), theme, (language, locale) in itertools.product(SIZES.items(), THEMES, LANGUAGES.items()):
        options = {"base_url": address, "viewport": viewport, "color_scheme": theme, "locale": locale,
                   "device_scale_factor": 1, "reduced_motion": "reduce"}
        contexts = {False: browser.new_context(**options), True: browser.new_context(storage_state=state, **options),
                    "new": browser.new_context(storage_state=new_state, **options),
                    "leaving": browser.new_context(storage_state=leaving_state, **options),
                    "admin": browser.new_context(storage_state=admin_state, **options)}
        for name, signed_in, go in views(own):
            if only and name not in only:
                continue
            page = contexts[signed_in].new_page()
            go(page)
            page.evaluate("""Promise.all([...document.images].filter(image => image.checkVisibility()).map(image => {
              image.loading = "eager";
              return image.decode();
            }))""")
            whole = name not in ("delete", "menu", "suggestions", "upload-queue", "admin-suspend")
            page.screenshot(path=folder / f"{name}-{language}-{theme}-{size}.png", full_page=whole)
            page.close()
        for context in contexts.values():
            context.close()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--binary", default=str(ROOT / ".build" / "debug" / "artel"))
    options.add_argument("--only", nargs="*", help="names of views")
    chosen = options.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    data = tempfile.mkdtemp(prefix="artel-")
    server = Artel(chosen.binary, data, chosen.folder / "server.log", ["--demo"])
    try:
        server.start()
        with sync_playwright() as playwright:
            sandbox = [] if os.geteuid() else ["--no-sandbox"]
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
            take(browser, server, chosen.folder, chosen.only)
            browser.close()
    finally:
        server.stop()
        shutil.rmtree(data, ignore_errors=True)
    print(f"{len(list(chosen.folder.glob('*.png')))} pictures in {chosen.folder}")


main()
