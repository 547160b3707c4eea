"""Adds up what the test runners wrote, and ends with one line: N passed, N failed.

A runner that left no report has crashed, and counts as one failure. Tests that `again.py` found to be unsteady count
as passed, and are named.
"""

import argparse
import collections
import pathlib
import sys

import reports


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("results", type=pathlib.Path)
    arguments.add_argument("reports", nargs="*", default=reports.NAMES)
    options = arguments.parse_args()

    file = options.results / "unsteady.txt"
    unsteady = file.read_text().splitlines() if file.exists() else []
    total = collections.Counter()
    for name in options.reports:
        cases = reports.cases(options.results, name)
        if cases is None:
            print(f"failed: the tests \"{name}\" ended without a report")
            found = collections.Counter(failed=1)
        else:
            found = collections.Counter()
            for case in cases:
                outcome = "unsteady" if case.outcome == "failed" and str(case) in unsteady else case.outcome
                found["passed" if outcome == "unsteady" else outcome] += 1
                if outcome in ("failed", "unsteady"):
                    print(f"{outcome}: {case}")
        print(f"{name}: {found['passed']} passed, {found['failed']} failed, {found['skipped']} skipped")
        total += found

    if total["passed"] + total["failed"] == 0:
        print("no test ran")
    print(
        f"{total['passed']} passed, {total['failed']} failed"
        + (f", {total['skipped']} skipped" if total["skipped"] else "")
        + (f"; {len(unsteady)} failed once" if unsteady else ""))
    sys.exit(0 if total["passed"] and not total["failed"] else 1)


main()
