"""Prints the line coverage of Sources per target, and fails below the floor.

Joins what the test bundle recorded with what the servers under test recorded, so a line counts as covered
when any test of any kind ran it.
"""

import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build" / "debug"


def tool(name):
    """The LLVM tool of the toolchain that `swift` comes from."""
    swift = shutil.which("swift")
    beside = pathlib.Path(swift).resolve().parent / name if swift else None
    return str(beside) if beside and beside.exists() else name


def target(path):
    """`Sources/Platform/ArtelWeb/…` belongs to ArtelWeb, `Sources/artel/…` to artel."""
    parts = path.relative_to(ROOT / "Sources").parts
    return parts[1] if parts[0] in ("Platform", "Contracts", "Apps") else parts[0]


def export(profiles):
    # `swift test` joins what it recorded only when every test passed.
    ours = BUILD / "codecov"
    recorded = [ours / "default.profdata", *sorted(ours.glob("*.profraw")), *sorted(profiles.glob("*.profraw"))]
    merged = profiles / "all.profdata"
    subprocess.run(
        [tool("llvm-profdata"), "merge", "-sparse", "-failure-mode=all", "-o", merged]
        + [path for path in recorded if path.exists() and path.stat().st_size],
        check=True,
    )
    bundle = next(BUILD.glob("*.xctest"))
    executables = [BUILD / name for name in ("artel", "artel-pictures", "artel-generate")]
    command = [tool("llvm-cov"), "export", "-summary-only", f"-instr-profile={merged}", bundle]
    for executable in executables:
        command += ["-object", executable] if executable.exists() else []
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--least", type=float, required=True, help="floor in percent of lines")
    arguments.add_argument("--profiles", type=pathlib.Path, required=True)
    options = arguments.parse_args()

    lines = collections.defaultdict(lambda: [0, 0])
    for file in export(options.profiles)["data"][0]["files"]:
        path = pathlib.Path(file["filename"])
        if ROOT / "Sources" in path.parents:
            lines[target(path)][0] += file["summary"]["lines"]["covered"]
            lines[target(path)][1] += file["summary"]["lines"]["count"]

    print(f"\n{'target':<24}{'lines':>8}{'covered':>9}{'percent':>9}")
    covered, count = (sum(column) for column in zip(*lines.values()))
    rows = sorted(lines.items()) + [("total", [covered, count])]
    for name, (hit, all_lines) in rows:
        print(f"{name:<24}{all_lines:>8}{hit:>9}{100 * hit / max(all_lines, 1):>8.1f}%")
    percent = 100 * covered / max(count, 1)
    if percent < options.least:
        print(f"coverage: {percent:.1f} % is below the floor of {options.least:g} %")
        sys.exit(1)


main()
