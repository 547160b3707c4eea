"""Adds up what the test runners wrote, and ends with one line: N passed, N failed.

A runner that left no report has crashed, and counts as one failure.
"""

import argparse
import pathlib
import sys
import xml.etree.ElementTree

REPORTS = ["swift", "alone", "python"]


def counts(report):
    passed = failed = skipped = 0
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            failed += 1
            print(f"failed: {case.get('classname')}.{case.get('name')}")
        elif "skipped" in outcomes:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("results", type=pathlib.Path)
    arguments.add_argument("reports", nargs="*", default=REPORTS)
    options = arguments.parse_args()

    total = [0, 0, 0]
    for name in options.reports:
        # `swift test` writes Swift Testing's report beside the name it was given.
        files = (options.results / f"{name}{ending}.xml" for ending in ("-swift-testing", ""))
        report = next((file for file in files if file.exists()), None)
        if report is None:
            print(f"failed: the tests \"{name}\" ended without a report")
        found = counts(report) if report else (0, 1, 0)
        print(f"{name}: {found[0]} passed, {found[1]} failed, {found[2]} skipped")
        total = [a + b for a, b in zip(total, found)]

    if total[0] + total[1] == 0:
        print("no test ran")
    print(f"{total[0]} passed, {total[1]} failed" + (f", {total[2]} skipped" if total[2] else ""))
    sys.exit(0 if total[0] and not total[1] else 1)


main()
