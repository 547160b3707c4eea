import functools
import re

from tree import Finding

PROGRAM = "Sources/artel/Version.swift"
CHANGELOG = "CHANGELOG.md"
HEADING = re.compile(r"^## (?!Unreleased$)(.*)$", re.MULTILINE)
RELEASE = re.compile(r"(\S+) – (\d{4}-\d\d-\d\d)$")
# semver.org, 2, 9 and 10.
FORM = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][\dA-Za-z-]*)"
                  r"(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][\dA-Za-z-]*))*))?")


@functools.total_ordering
class Version:
    """A number by semantic versioning, without metadata of the build; compared as its paragraph 11 says."""

    def __init__(self, text):
        if not (form := FORM.fullmatch(text)):
            raise ValueError(text)
        self.text = text
        self.numbers = tuple(int(number) for number in form.groups()[:3])
        parts = form[4].split(".") if form[4] else []
        # One without comes after all that have some; numbers come before words.
        self.order = (self.numbers, not parts, [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts])

    def __str__(self):
        return self.text

    def __eq__(self, other):
        return self.order == other.order

    def __lt__(self, other):
        return self.order < other.order


def is_behind(current, newest):
    """Whether the program has a number that comes before what was released; 1.3.0-dev comes after 1.3.0-rc.1."""
    if current.text.endswith("-dev") and not newest.order[1]:
        return current.numbers < newest.numbers
    return current < newest


def released(changelog):
    """The releases of a changelog with their lines, the newest first."""
    for match in HEADING.finditer(changelog):
        if (release := RELEASE.match(match[1])) and FORM.fullmatch(release[1]):
            yield Version(release[1]), changelog.count("\n", 0, match.start()) + 1


def versions(tree):
    """The program and the changelog have numbers by semantic versioning, which agree and only rise."""
    if not tree.has(PROGRAM):
        return
    found = re.search(r'current = "([^"]*)"', tree.text(PROGRAM))
    if not found or not FORM.fullmatch(found[1]):
        yield Finding(PROGRAM, 1, "names no version such as 1.2.0 or 1.3.0-dev")
        return
    current, text = Version(found[1]), tree.text(CHANGELOG) if tree.has(CHANGELOG) else ""
    for match in HEADING.finditer(text):
        if not (release := RELEASE.match(match[1])) or not FORM.fullmatch(release[1]):
            yield Finding(CHANGELOG, text.count("\n", 0, match.start()) + 1, "is headed by no release such as 1.2.0 – 2026-11-22")
    releases = list(released(text))
    for (newer, _), (older, line) in zip(releases, releases[1:]):
        if newer <= older:
            yield Finding(CHANGELOG, line, f"{older} stands below {newer}, which it follows")
    newest = releases[0][0] if releases else None
    if newest and is_behind(current, newest):
        yield Finding(PROGRAM, 1, f"says {current}, and {newest} was released already")
    if not current.order[1]:
        return
    if current != newest if newest else True:
        yield Finding(PROGRAM, 1, f"says {current}, which {CHANGELOG} does not know as the newest release")
