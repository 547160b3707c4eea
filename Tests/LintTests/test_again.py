"""Tests of what CI does with tests that failed: it looks again, and lets through only what passes then."""

import os
import pathlib
import subprocess
import sys

import pytest

TOOLS = pathlib.Path(__file__).resolve().parents[1] / "Tools"

SWIFT = "ArtelStorageTests.SharedDiskTests"
PYTHON = "Tests.BrowserTests.test_backups"


class Folder:
    """A checkout of nothing but reports, with a `swift` that ends as it is told, one status a run."""

    def __init__(self, path):
        self.path = path
        self.results = path / "results"
        self.results.mkdir()
        self.statuses(0)

    def statuses(self, *statuses):
        """How the runs end, in order; the last one also those behind it."""
        program = self.path / "swift"
        program.write_text(
            f"#!/usr/bin/env bash\n"
            f"echo \"$*\" >>{self.path}/runs\n"
            f"statuses=({' '.join(map(str, statuses))})\n"
            f"turn=$(wc -l <{self.path}/runs)\n"
            f"exit ${{statuses[turn <= {len(statuses)} ? turn - 1 : {len(statuses) - 1}]}}\n")
        program.chmod(0o755)

    def report(self, name, suite=SWIFT, failed=(), passed=("works",)):
        cases = [f'<testcase classname="{suite}" name="{case}"><failure/></testcase>' for case in failed]
        cases += [f'<testcase classname="{suite}" name="{case}"/>' for case in passed]
        ending = "" if name == "python" else "-swift-testing"
        (self.results / f"{name}{ending}.xml").write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")

    def run(self, tool, *names):
        """(status, what was printed)"""
        environment = os.environ | {"PATH": f"{self.path}:{os.environ['PATH']}"}
        result = subprocess.run(
            [sys.executable, TOOLS / tool, self.results, *names], cwd=self.path, env=environment, text=True,
            capture_output=True)
        return result.returncode, result.stdout + result.stderr

    def runs(self):
        file = self.path / "runs"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def test_a_test_that_passes_three_times_is_unsteady_and_no_failure(folder):
    folder.report("alone", failed=["uploads"])

    status, printed = folder.run("again.py", "alone")

    assert status == 0
    assert f"unsteady, to be mended: {SWIFT}.uploads" in printed
    assert len(folder.runs()) == 3
    assert folder.run("tally.py", "alone") == (0, f"unsteady: {SWIFT}.uploads\nalone: 2 passed, 0 failed, 0 skipped\n"
                                                  "2 passed, 0 failed; 1 failed once\n")


@pytest.mark.parametrize("statuses", [(1,), (0, 1), (0, 0, 1)])
def test_one_more_failure_is_a_failure(folder, statuses):
    folder.report("swift", failed=["uploads"])
    folder.statuses(*statuses)

    status, printed = folder.run("again.py", "swift")

    assert status == 1
    assert f"{SWIFT}.uploads failed again" in printed
    assert len(folder.runs()) == len(statuses)
    assert folder.run("tally.py", "swift") == (1, f"failed: {SWIFT}.uploads\nswift: 1 passed, 1 failed, 0 skipped\n"
                                                  "1 passed, 1 failed\n")


def test_four_failures_are_not_looked_at_again(folder):
    folder.report("swift", failed=["one", "two"])
    folder.report("alone", failed=["three", "four"])

    assert folder.run("again.py", "swift", "alone") == (1, "again: 4 tests failed, too many to look at again\n")
    assert folder.runs() == []


def test_a_runner_that_crashed_or_names_no_test_is_a_failure(folder):
    folder.report("swift")

    assert folder.run("again.py", "swift")[0] == 1
    assert folder.run("again.py", "alone")[0] == 1
    assert folder.run("tally.py", "alone")[0] == 1
    assert folder.runs() == []


def test_a_swift_test_is_run_again_with_its_suite_and_no_other(folder):
    folder.report("swift", suite="ArtelStorageTests.Outer.Inner", failed=["`says a thing`()"])

    folder.run("again.py", "swift")

    assert folder.runs()[0].endswith(r"--no-parallel --filter ^ArtelStorageTests\.Outer/Inner/")


def test_a_python_test_is_run_again_by_its_node(folder):
    python = folder.path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(folder.path / "swift")
    folder.report("python", suite=PYTHON, failed=["test_backup[ru]"])

    folder.run("again.py", "python")

    assert folder.runs()[0].endswith("Tests/BrowserTests/test_backups.py::test_backup[ru]")
