"""Tells tests that fail from tests that failed once: runs those that failed again, alone and one after the other.

    again.py RESULTS REPORT...

REPORT names the runners that failed: swift, alone, python. When at most three tests failed and each passes three times
running, all is well but for these; their names go to RESULTS/unsteady.txt, and it ends with 0. With more failures, with
a runner that left no report or named no test, or with one more failure, it ends with 1.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

import reports

# More than that is no accident.
MOST = 3
TIMES = 3


def command(report, case):
    """What runs a test again; of Swift's its whole suite, as names of cases cannot be filtered by."""
    if report == "python":
        return [".venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", node(case)]
    module, *suites = case.suite.split(".")
    suite = rf"^{re.escape(module + '.' + '/'.join(suites))}/"
    return ["swift", "test", "--skip-build", "--disable-xctest", "--no-parallel", "--filter", suite]


def node(case):
    """A case as pytest calls it: its report has dots where the path has slashes."""
    parts = case.suite.split(".")
    module = next(index for index, part in enumerate(parts, 1) if part.startswith("test_"))
    return "::".join(["/".join(parts[:module]) + ".py", *parts[module:], case.name])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("results", type=pathlib.Path)
    arguments.add_argument("reports", nargs="+", choices=reports.NAMES)
    options = arguments.parse_args()

    failed = []
    for name in options.reports:
        found = [case for case in reports.cases(options.results, name) or [] if case.outcome == "failed"]
        if not found:
            sys.exit(f"again: the tests \"{name}\" failed without naming a test")
        failed += [(name, case) for case in found]
    if len(failed) > MOST:
        sys.exit(f"again: {len(failed)} tests failed, too many to look at again")

    # Coverage was measured already; what runs here must not add to it.
    environment = os.environ | {"LLVM_PROFILE_FILE": "/dev/null"}
    for report, case in failed:
        for turn in range(1, TIMES + 1):
            print(f"== again, {turn} of {TIMES}: {case}", flush=True)
            if subprocess.run(command(report, case), env=environment).returncode:
                sys.exit(f"again: {case} failed again")
    (options.results / "unsteady.txt").write_text("".join(f"{case}\n" for _, case in failed))
    print(f"again: unsteady, to be mended: {', '.join(str(case) for _, case in failed)}")


main()
