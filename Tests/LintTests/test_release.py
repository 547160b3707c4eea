"""Shows that bin/release numbers the program and the changelog alike, and refuses what would not be a release."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM, CHANGELOG = "Sources/artel/Version.swift", "CHANGELOG.md"


def git(checkout, *arguments):
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, *arguments], cwd=checkout, check=True, text=True, capture_output=True).stdout


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / PROGRAM).parent.mkdir(parents=True)
    (tmp_path / PROGRAM).write_text('enum Version {\n  static let current = "0.1.0-dev"\n}\n')
    (tmp_path / CHANGELOG).write_text("# Changelog\n\n## Unreleased\n\n### Added\n\n- Ink.\n")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        git(tmp_path, "config", name, value)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    return tmp_path


def release(checkout, *arguments):
    return subprocess.run(
        [ROOT / "bin" / "release", *arguments, "--root", checkout], text=True, capture_output=True, timeout=240)


def lint(checkout):
    result = subprocess.run([ROOT / "bin" / "lint", "versions", "--root", checkout], text=True, capture_output=True)
    return result.stdout if result.returncode else ""


def test_a_release_is_named_everywhere_committed_and_tagged(checkout):
    result = release(checkout, "0.1.0")

    assert result.returncode == 0, result.stderr
    assert 'current = "0.1.0"' in (checkout / PROGRAM).read_text()
    before, after = (checkout / CHANGELOG).read_text().split("## 0.1.0 – ")
    assert before.endswith("## Unreleased\n\n") and "- Ink." in after
    assert git(checkout, "describe").strip() == "v0.1.0"
    assert git(checkout, "status", "--porcelain") == "" and lint(checkout) == ""


def test_afterwards_the_next_one_is_begun(checkout):
    release(checkout, "0.1.0")
    assert release(checkout, "--next", "0.2.0").returncode == 0
    assert 'current = "0.2.0-dev"' in (checkout / PROGRAM).read_text() and lint(checkout) == ""
    assert "does not follow 0.1.0" in release(checkout, "--next", "0.1.0").stderr


def test_a_candidate_is_followed_by_its_release(checkout):
    for arguments in (["0.1.0-rc.1"], ["--next", "0.1.0"]):
        assert release(checkout, *arguments).returncode == 0
    assert 'current = "0.1.0-dev"' in (checkout / PROGRAM).read_text() and lint(checkout) == ""


@pytest.mark.parametrize("number", ["0.1.0", "0.1.0-rc.1", "0.0.9"])
def test_a_number_that_does_not_rise_is_refused(checkout, number):
    release(checkout, "0.1.0")
    (checkout / CHANGELOG).write_text((checkout / CHANGELOG).read_text().replace("## Unreleased\n", "## Unreleased\n\n- More.\n", 1))
    git(checkout, "commit", "--all", "--quiet", "--message", "More")

    result = release(checkout, number)

    assert result.returncode == 1 and "does not follow 0.1.0" in result.stderr
    assert git(checkout, "tag").split() == ["v0.1.0"]


def test_nothing_to_tell_is_no_release(checkout):
    release(checkout, "0.1.0")
    result = release(checkout, "0.2.0")
    assert result.returncode == 1 and "nothing stands under" in result.stderr


@pytest.mark.parametrize("arguments", [["0.1.0"], ["--next", "0.2.0"]])
def test_work_that_is_not_committed_stays_out(checkout, arguments):
    (checkout / "ink").write_text("wet")
    result = release(checkout, *arguments)
    assert result.returncode == 1 and "not committed" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["1.2"], ["v1.2.0"], ["1.2.0", "--next", "1.3.0"]])
def test_other_numbers_are_no_versions(checkout, arguments):
    assert release(checkout, *arguments).returncode == 2
