"""Shows that bin/hooks/pre-commit lets a good commit pass and refuses every planted violation."""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INK = "Sources/Platform/ArtelInk/Ink.swift"
GOOD = {INK: "/// A color.\npublic struct Ink {}\n", "README.md": "Ink.\n", "picture.bin": b"\0" * 300_000}

# Each fails to be refused when its line is taken out of the hook.
BAD = [
    ("is a conflict marker", {"README.md": "one\n" + "<" * 7 + " HEAD\ntwo\n" + ">" * 7 + " theirs\n"}),
    ("has 307201 bytes; a commit takes at most 307200", {"picture.bin": b"\0" * 307_201}),
    ("contains what looks like a private key", {"notes.txt": "-----BEGIN " + "OPENSSH PRIVATE KEY-----\n"}),
    ("looks like a file of secrets", {"deploy/server.pem": "x\n"}),
    ("[Indentation]", {INK: "/// A color.\npublic struct Ink {\n      let color: Int\n}\n"}),
    ("[NeverUseForceTry]", {INK: "/// A color.\npublic struct Ink {\n  let color = try! mixed()\n}\n"}),
    ("contains Manager", {INK: "final class InkManager {}\n"}),
    ("has 61 lines", {INK: "func long() {\n" + "  act()\n" * 61 + "}\n"}),
]


def git(checkout, *arguments, check=True):
    return subprocess.run(["git", *arguments], cwd=checkout, check=check, text=True, capture_output=True)


def write(checkout, files):
    for path, content in files.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def checkout(tmp_path):
    for folder in ("bin", "Tests/Lint"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".swift-format", tmp_path)
    (tmp_path / "Tests/Lint/allowed.txt").write_text("")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "user.name", "Ada")
    git(tmp_path, "config", "user.email", "ada@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Begin", "--no-verify")
    git(tmp_path, "config", "core.hooksPath", "bin/hooks")
    return tmp_path


def commit(checkout, files):
    write(checkout, files)
    git(checkout, "add", ".")
    return git(checkout, "commit", "-q", "-m", "Try", check=False)


def test_a_good_commit_passes(checkout):
    result = commit(checkout, GOOD)
    assert result.returncode == 0, result.stderr
    git(checkout, "rm", "-q", "README.md")
    assert git(checkout, "commit", "-q", "-m", "Remove", check=False).returncode == 0


@pytest.mark.parametrize("message, files", BAD, ids=[message for message, _ in BAD])
def test_a_planted_violation_is_refused(checkout, message, files):
    result = commit(checkout, files)
    assert result.returncode != 0
    assert message in result.stderr and next(iter(files)) in result.stderr
    assert git(checkout, "rev-list", "--count", "HEAD").stdout == "1\n"


def test_what_is_staged_counts_not_what_is_on_the_disk(checkout):
    write(checkout, {INK: "final class InkManager {}\n"})
    git(checkout, "add", ".")
    write(checkout, GOOD)
    assert "contains Manager" in git(checkout, "commit", "-m", "Try", check=False).stderr
    git(checkout, "add", ".")
    write(checkout, {INK: "final class InkManager {}\n"})
    assert git(checkout, "commit", "-m", "Try", check=False).returncode == 0


def test_an_exception_with_its_reason_is_respected(checkout):
    reason = f"names {INK} | contains Manager | it is the word of the standard that this follows\n"
    (checkout / "Tests/Lint/allowed.txt").write_text(reason)
    assert commit(checkout, {INK: "/// Mixes.\nfinal class InkManager {}\n"}).returncode == 0


@pytest.mark.parametrize("chosen, expected", [(None, "bin/hooks"), ("my/hooks", "my/hooks")])
def test_setup_turns_it_on_where_nobody_chose_otherwise(checkout, chosen, expected):
    git(checkout, "config", *(["core.hooksPath", chosen] if chosen else ["--unset", "core.hooksPath"]))
    subprocess.run(["bin/setup", "--for", "serve"], cwd=checkout, check=True, stdout=subprocess.DEVNULL)
    assert git(checkout, "config", "core.hooksPath").stdout.strip() == expected


def test_setup_leaves_hooks_of_your_own_alone(checkout):
    git(checkout, "config", "--unset", "core.hooksPath")
    write(checkout, {".git/hooks/pre-commit": "#!/bin/sh\n"})
    subprocess.run(["bin/setup", "--for", "serve"], cwd=checkout, check=True, stdout=subprocess.DEVNULL)
    assert git(checkout, "config", "core.hooksPath", check=False).stdout == ""
