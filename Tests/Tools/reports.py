"""The reports that the test runners write."""

import dataclasses
import xml.etree.ElementTree

NAMES = ["swift", "alone", "python"]


@dataclasses.dataclass(frozen=True)
class Case:
    """A test, and what became of it: "passed", "failed" or "skipped"."""

    suite: str
    name: str
    outcome: str

    def __str__(self):
        return f"{self.suite}.{self.name}"


def cases(results, name):
    """The cases of a report; None when the runner ended without one."""
    # `swift test` writes Swift Testing's report beside the name it was given.
    files = (results / f"{name}{ending}.xml" for ending in ("-swift-testing", ""))
    report = next((file for file in files if file.exists()), None)
    if report is None:
        return None
    return [Case(case.get("classname"), case.get("name"), _outcome(case))
            for case in xml.etree.ElementTree.parse(report).iter("testcase")]


def _outcome(case):
    outcomes = {child.tag for child in case}
    if outcomes & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in outcomes else "passed"
