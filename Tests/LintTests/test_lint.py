"""Shows of every check in bin/lint that it lets good code pass and fails on a planted violation."""

import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

MANIFEST = """
// swift-tools-version: 6.2
import PackageDescription
func target(_ name: String, _ kind: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/\\(kind)/\\(name)")
}
let package = Package(name: "planted", targets: [%s])
"""
PLATFORM = 'target("ArtelInk", "Platform")'
INK = {"Sources/Platform/ArtelInk/Ink.swift": "import Foundation\npublic struct Ink {}\n"}
MIGRATION = """
-- Why: a pen needs ink.
-- Locks: none on existing tables.
-- Undo: a later migration drops the table.

create table pens (
  id         uuid        not null,
  drawn_at   timestamptz not null default now(),
  length     integer     not null,
  constraint pens_pkey primary key (id),
  constraint pens_length_positive check (length > 0)
);
create index pens_drawn_at_idx on pens (drawn_at);
comment on table pens is 'A pen, said in one sentence.';
comment on column pens.id is 'Its id.';
comment on column pens.drawn_at is 'When.';
comment on column pens.length is 'In millimeters.';
"""
FIRST = "Sources/Apps/Pens/Migrations/0001_create_pens.sql"
STRINGS = {
    "share/strings/en.json": '{"pen": {"title": "Pen", "lines": {"one": "{count} line", "other": "{count} lines"}}}',
    "share/strings/ru.json": '{"pen": {"title": "Перо", "lines": {"one": "{count} линия", "few": "{count} линии",'
    ' "many": "{count} линий", "other": "{count} линии"}}}',
}
FORM = '<form method="post"><input type="hidden" name="csrf_token" value="{{csrf_token}}">{{t.pen.title}}</form>'
PAGE = "share/templates/pen.mustache"
EXAMPLES = "Tests/PlatformTests/GuideTests/Examples.swift"
EXAMPLE = 'let pen = try await example("pen") {\n  let pen = find()\n  return pen\n}\n'
REGION = "// example: scope\nextension Pen {\n}\n// end\n"
GUIDE = "<!-- example: pen -->\n```swift\nlet pen = find()\n```\n```sql\nselect 1\n```\n"


def swift(text, path="Sources/Platform/ArtelInk/Ink.swift"):
    return {path: textwrap.dedent(text)}


def package(*targets, **sources):
    files = {"Package.swift": MANIFEST.strip() % ", ".join(targets)}
    return files | {path.replace("__", "/") + ".swift": text for path, text in sources.items()}


def migration(old="", new=""):
    assert old in MIGRATION
    return {FIRST: MIGRATION.replace(old, new, 1).lstrip() if old else MIGRATION.lstrip()}


def lint(root, check, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return subprocess.run(
        [sys.executable, ROOT / "bin" / "lint", check, "--root", root], stdout=subprocess.PIPE, text=True
    )


GOOD = [
    ("boundaries", package(PLATFORM, 'target("Pens", "Apps", ["ArtelInk"])',
                           Sources__Apps__Pens__Pen="import ArtelInk\n") | INK),
    ("sizes", swift("func short() {\n" + "  act()\n" * 60 + "}\n")),
    ("names", swift("struct Base64Text {}\nstruct Dataset {}\nstruct InkService { func run() {} }\n")),
    ("swift", swift('// Sendable: never changes.\nfinal class Ink: @unchecked Sendable {}\nlet x = "print(1) try!"\n')),
    ("words", {"README.md": "The behavior of /var/lib/artel is documented.\n"}),
    ("texts", STRINGS),
    ("templates", STRINGS | {PAGE: FORM}),
    ("migrations", migration()),
    ("links", {"README.md": "See [more](docs/more.md#a-heading) and `docs/more.md`.\n", "docs/more.md": "# A heading\n"}),
    ("numbers", {"README.md": "At most 1,000<!-- check: lines --> lines.\n", "limits.txt": "lines = 1_000",
                 "Tests/Lint/numbers.txt": "lines | limits.txt | lines = ([0-9_]+)\n"}),
    ("settings", {"README.md": "Set ARTEL_INK.\n", "Sources/artel/main.swift": 'read("ARTEL_INK")\n'}),
    ("examples", {EXAMPLES: EXAMPLE + REGION, "docs/guides/queries.md": GUIDE
                  + "<!-- example: scope -->\n```swift\nextension Pen {\n}\n```\n",
                  "docs/guides/first.md": "```swift\nlet other = 1\n```\n"}),
    ("secrets", {"README.md": "postgres://artel:secret@localhost/pens\n"}),
    ("licenses", {"LICENSE": "Apache License\n", ".build/checkouts/ink/LICENSE.txt": "Apache License\n"}),
]

BAD = [
    ("boundaries", "declaring it", package(PLATFORM) | swift("import Logging\n")),
    ("boundaries", "without declaring it", package(
        PLATFORM, 'target("Pens", "Apps")', Sources__Apps__Pens__Pen="import ArtelInk\n") | INK),
    ("boundaries", "app Pens must not depend on app Cups", package(
        'target("Cups", "Apps")', 'target("Pens", "Apps", ["Cups"])',
        Sources__Apps__Cups__Cup="", Sources__Apps__Pens__Pen="import Cups\n")),
    ("boundaries", "platform ArtelInk must not depend on contract PenContract", package(
        'target("PenContract", "Contracts")', 'target("ArtelInk", "Platform", ["PenContract"])',
        Sources__Contracts__PenContract__PenID="",
        Sources__Platform__ArtelInk__Ink="public import PenContract\n")),
    ("boundaries", "contract PenContract must not depend on app Pens", package(
        'target("Pens", "Apps")', 'target("PenContract", "Contracts", ["Pens"])',
        Sources__Apps__Pens__Pen="", Sources__Contracts__PenContract__PenID="import Pens\n")),
    ("boundaries", "declares ArtelInk and never imports it", package(
        PLATFORM, 'target("Pens", "Apps", ["ArtelInk"])', Sources__Apps__Pens__Pen="import Foundation\n") | INK),
    ("sizes", "has 61 lines", swift("func long() {\n" + "  act()\n" * 61 + "}\n")),
    ("sizes", "has 601 lines", swift("\n" * 601)),
    ("sizes", "has 301 lines", swift("\n" * 301, "Sources/Apps/Pens/Pen.swift")),
    ("sizes", "has 31 files", {f"Sources/Apps/Pens/Pen{n}.swift": "" for n in range(31)}),
    ("sizes", "at most 60", {"bin/draw": "act\n" * 61}),
    ("names", "contains Manager", swift("final class InkManager {}\n")),
    ("names", "contains Utils", swift("", "Sources/Platform/ArtelInk/InkUtils.swift")),
    ("names", "contains New", swift("enum NewPen {}\n")),
    ("names", "ends in Data", swift("struct PenData {}\n")),
    ("names", "has no run()", swift("struct InkService {}\n")),
    ("names", "named by its ability", swift("", "Sources/Platform/ArtelInk/Ink+Extensions.swift")),
    ("swift", "Bundle.module", swift("let url = Bundle.module.url\n")),
    ("swift", "do not print", swift("func act() { print(1) }\n")),
    ("swift", "do not read the environment", swift('let home = getenv("HOME")\n')),
    ("swift", "try! crashes", swift("let x = try! act()\n")),
    ("swift", "needs a comment above", swift("/// Some ink.\nfinal class Ink: @unchecked Sendable {}\n")),
    ("swift", "nonisolated(unsafe) needs a comment", swift("nonisolated(unsafe) var ink = 0\n")),
    ("swift", "tests do not sleep", swift("try await Task.sleep(for: .seconds(1))\n", "Tests/PenTests/PenTests.swift")),
    ("swift", "no banners", swift("// ==========\n")),
    ("swift", "no author tags", swift("// Created by somebody\n")),
    ("swift", "names its reason", swift("// TODO later\n")),
    ("swift", "at most 20", swift("// TODO: the reason is told here at length\n" * 21)),
    ("words", "folder of one machine", {"README.md": "Look into /wo" "rk/main.\n"}),
    ("words", "host of a package registry", {"README.md": "from https://pypi.org/simple\n"}),
    ("words", "names an issue", {"README.md": "as in issue #12\n"}),
    ("words", "conflict marker", {"README.md": "<<<<<<< ours\n"}),
    ("words", "the spelling is American", {"README.md": "the behaviour\n"}),
    ("texts", "lacks pen.title", STRINGS | {"share/strings/ru.json": '{"pen": {}}'}),
    ("texts", "has the plural forms", STRINGS | {
        "share/strings/ru.json": '{"pen": {"title": "Перо", "lines": {"one": "{count} л", "other": "{count} л"}}}'}),
    ("texts", "has the placeholders", STRINGS | {
        "share/strings/en.json": STRINGS["share/strings/en.json"].replace("Pen", "Pen {name}")}),
    ("texts", "stands twice", STRINGS | {"share/strings/en.json": '{"pen": "a", "pen": "b"}'}),
    ("texts", "contains markup", STRINGS | {
        "share/strings/en.json": STRINGS["share/strings/en.json"].replace("Pen", "<b>Pen</b>")}),
    ("templates", "without escaping", STRINGS | {PAGE: "{{{title}}}"}),
    ("templates", "script with content", STRINGS | {PAGE: "<script>act()</script>"}),
    ("templates", "inline style", STRINGS | {PAGE: '<p style="color: red">'}),
    ("templates", "inline event handler", STRINGS | {PAGE: '<p onclick="act()">'}),
    ("templates", "unknown text pen.name", STRINGS | {PAGE: "{{t.pen.name}}"}),
    ("templates", "without csrf_token", STRINGS | {PAGE: '<form method="post"></form>'}),
    ("templates", "Russian text", STRINGS | {PAGE: "<p>Перо</p>"}),
    ("migrations", 'lacks "Why', migration("-- Why: a pen needs ink.\n")),
    ("migrations", 'lacks "Undo', migration("Undo:", "Later:")),
    ("migrations", "is to be called 0001", {FIRST.replace("0001", "0002"): MIGRATION.lstrip()}),
    ("migrations", "plural in snake_case", {FIRST: MIGRATION.lstrip().replace("pens", "pen")}),
    ("migrations", "to be timestamptz", migration("timestamptz not", "timestamp not")),
    ("migrations", "called …_at", migration("timestamptz not", "integer not")),
    ("migrations", "has no name", migration("constraint pens_length_positive check", "check")),
    ("migrations", "has no name", migration("uuid        not null", "uuid primary key")),
    ("migrations", "begin with pens_", migration("constraint pens_length", "constraint length")),
    ("migrations", "is to be called pens_…_idx", migration("index pens_drawn_at_idx", "index drawn")),
    ("migrations", "pens.id has no comment", migration("comment on column pens.id is 'Its id.';\n")),
    ("migrations", "opens or ends a transaction", migration("create index", "commit;\ncreate index")),
    ("links", "does not exist", {"README.md": "[more](docs/more.md)\n"}),
    ("links", "no such heading", {"README.md": "[more](#another)\n# One\n"}),
    ("links", "names bin/draw", {"README.md": "Run `bin/draw`.\n"}),
    ("numbers", "says 12 for lines", {
        "README.md": "At most 12<!-- check: lines --> lines.\n", "limits.txt": "lines = 13",
        "Tests/Lint/numbers.txt": "lines | limits.txt | lines = ([0-9]+)\n"}),
    ("numbers", "does not say where", {"README.md": "At most 12<!-- check: lines --> lines.\n"}),
    ("settings", "which nothing reads", {"README.md": "Set ARTEL_INK.\n"}),
    ("settings", "no document explains", {"Sources/artel/main.swift": 'read("ARTEL_INK")\n'}),
    ("examples", "the example pen differs from", {
        EXAMPLES: EXAMPLE.replace("find()", "find(1)"), "docs/guides/queries.md": GUIDE}),
    ("examples", "no SQL behind it", {EXAMPLES: EXAMPLE, "docs/guides/queries.md": GUIDE.split("```sql")[0]}),
    ("examples", "run by no test", {EXAMPLES: EXAMPLE, "docs/guides/queries.md": GUIDE + "```swift\nact()\n```\n"}),
    ("examples", "has the example pen", {"docs/guides/queries.md": GUIDE}),
    ("examples", "has no Swift below it", {"docs/guides/queries.md": "<!-- example: pen -->\n\nText.\n"}),
    ("examples", "no guide shows the example pen", {EXAMPLES: EXAMPLE}),
    ("examples", "another example is called pen", {EXAMPLES: EXAMPLE * 2, "docs/guides/queries.md": GUIDE}),
    ("secrets", "a private key", {"key.txt": "-----BEGIN " + "EC PRIVATE KEY-----\n"}),
    ("secrets", "a cloud access key", {"README.md": "AKIA" + "ABCDEFGHIJKLMNOP\n"}),
    ("secrets", "a password in an address", {"README.md": "postgres://artel:" + "hunter22@db/pens\n"}),
    ("secrets", "at most 1048576", {"picture.txt": "x" * 1_048_577}),
    ("licenses", "Apache License 2.0", {"LICENSE": "Mine.\n", ".build/checkouts/ink/LICENSE": "Apache License\n"}),
    ("licenses", "carries no license", {"LICENSE": "Apache License\n", ".build/checkouts/ink/LICENSE": "Ask me.\n"}),
]


@pytest.mark.parametrize("check, files", GOOD, ids=[check for check, _ in GOOD])
def test_good_code_passes(tmp_path, check, files):
    result = lint(tmp_path, check, files)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("check, message, files", BAD, ids=[f"{check}: {message}" for check, message, _ in BAD])
def test_a_planted_violation_fails(tmp_path, check, message, files):
    result = lint(tmp_path, check, files)
    assert result.returncode == 1
    assert message in result.stdout


def test_every_check_is_shown_to_fail():
    listed = subprocess.run([ROOT / "bin" / "lint", "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout
    names = {line.split()[0] for line in listed.splitlines()}
    assert names == {check for check, _ in GOOD} == {check for check, _, _ in BAD}


def test_an_exception_needs_a_reason_and_a_use(tmp_path):
    planted = swift("struct PenData {}\n")
    line = "names Sources/Platform/ArtelInk/Ink.swift | ends in Data | {}\n"
    allowed = lambda reason: {"Tests/Lint/allowed.txt": line.format(reason)}
    assert lint(tmp_path, "names", planted | allowed("it is the word of the standard")).returncode == 0
    assert "the reason, in a sentence" in lint(tmp_path, "names", allowed("because")).stdout
    unused = lint(tmp_path, "names", swift("struct Pen {}\n") | allowed("it is the word of the standard"))
    assert "nothing needs this exception" in unused.stdout


def test_the_build_refuses_an_import_that_the_manifest_does_not_declare(tmp_path):
    files = package(PLATFORM, 'target("Pens", "Apps")', Sources__Apps__Pens__Pen="import ArtelInk\n") | INK
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    build = ["swift", "build", "--package-path", tmp_path, "--explicit-target-dependency-import-check", "error"]
    refused = subprocess.run(build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert refused.returncode != 0
    assert "ArtelInk" in refused.stdout and "depend" in refused.stdout


def test_the_build_refuses_an_expression_that_takes_long_to_type_check(tmp_path):
    """Some 50,000 steps, 150 ms: fine for the compiler by itself, too much for CI."""
    flag = re.search(r'"(-solver-scope-threshold=\d+)"', (ROOT / "Package.swift").read_text()).group(1)
    slow = tmp_path / "slow.swift"
    slow.write_text(textwrap.dedent("""
        func sum(_ widths: [Double]) -> Double {
          let all =
            [1, 2.5, 3, -4] + [5, 6, 7.5].map { $0 * 2 + 1 } + [8, 9].map { -$0 }
            + widths.map { 2 * $0 + 1 }
          return all.reduce(0, +)
        }
        """))
    check = ["swiftc", "-typecheck", slow]
    assert subprocess.run(check).returncode == 0
    refused = subprocess.run(check + ["-Xfrontend", flag], stderr=subprocess.PIPE, text=True)
    assert refused.returncode != 0
    assert "slow.swift:4:5" in refused.stderr and "in reasonable time" in refused.stderr


def test_the_api_reference_refuses_what_is_undocumented_and_links_that_lead_nowhere(tmp_path):
    path = tmp_path / "Sources" / "Platform" / "ArtelInk" / "Ink.swift"
    path.parent.mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "docs", tmp_path / "bin")
    # One module alone would be called Artel, which docc then takes for a mistake in a page of its own.
    paper = tmp_path / "Sources" / "Platform" / "ArtelPaper" / "Paper.swift"
    paper.parent.mkdir()
    paper.write_text("/// What pens write on.\npublic struct Paper {}\n")
    manifest = package(PLATFORM, 'target("ArtelPaper", "Platform")')["Package.swift"]
    (tmp_path / "Package.swift").write_text(manifest)

    def docs(text):
        path.write_text(textwrap.dedent(text).lstrip())
        subprocess.run(["swift", "build", "--package-path", tmp_path], check=True, stdout=subprocess.PIPE)
        command = [tmp_path / "bin" / "docs", "--skip-build"]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    good = "/// What pens write with, as ``black`` says.\npublic enum Ink {\n  /// Like coal.\n  case black\n}\n"
    assert docs(good).returncode == 0
    bare, lost = docs(good.replace("  /// Like coal.\n", "")), docs(good.replace("``black``", "``blue``"))
    assert bare.returncode == 1 and "Ink.swift:3: Ink.black is public and has no doc comment" in bare.stdout
    assert lost.returncode == 1 and "'blue' doesn't exist" in lost.stdout
