"""The files of a checkout, as the checks see them."""

import dataclasses
import functools
import pathlib
import subprocess

PLATFORM, CONTRACTS, APPS = "Sources/Platform/", "Sources/Contracts/", "Sources/Apps/"


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    """One thing that must change: where, and what to do about it."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)

    @functools.cached_property
    def paths(self):
        """Every file that is committed or would be, relative to the root, sorted."""
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "-C", self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                check=True, stdout=subprocess.PIPE,
            ).stdout.decode()
            names = {name for name in listed.split("\0") if name}
        else:
            names = {str(p.relative_to(self.root)) for p in self.root.rglob("*")}
        return sorted(n for n in names if (self.root / n).is_file() and not (self.root / n).is_symlink())

    def matching(self, *prefixes, suffix=""):
        prefixes = prefixes or ("",)
        return [p for p in self.paths if p.startswith(prefixes) and p.endswith(suffix)]

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        """The text of a file; empty for what is not text."""
        content = (self.root / path).read_bytes()
        if b"\0" in content[:8192]:
            return ""
        return content.decode("utf-8", errors="replace")

    def lines(self, path):
        """(line number, line) from 1."""
        return enumerate(self.text(path).splitlines(), start=1)

    def has(self, path):
        return (self.root / path).exists()


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
