"""What a table of measurements must say about where it came from."""

import datetime
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def facts(postgres_version):
    """(name, value) pairs for the head of the table."""
    cpu = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        ("date", datetime.date.today().isoformat()),
        ("commit", COMMIT),
        ("processor", f"{cpu.group(1) if cpu else platform.machine()}, {len(os.sched_getaffinity(0))} cores"),
        ("memory", f"{memory:.0f} GiB"),
        ("system", f"{_distribution()}, Linux {platform.release()}"),
        ("PostgreSQL", postgres_version),
    ]


def _commit():
    def git(*arguments):
        run = subprocess.run(["git", "-C", ROOT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return run.stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "none yet") + (", changed" if git("status", "--porcelain") else "")


def _distribution():
    found = re.search(r'PRETTY_NAME="(.+?)"', pathlib.Path("/etc/os-release").read_text())
    return found.group(1) if found else "Linux"


# Asked at the start: work goes on while a measurement runs.
COMMIT = _commit()
