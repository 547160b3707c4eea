import re

import swift_text
from tree import APPS, CONTRACTS, PLATFORM, Finding

BANNER = re.compile(r"^\s*//+\s*([-=*#~_/])\1{4,}")
AUTHOR = re.compile(r"^\s*//\s*(Created by|Author:|@author|Copyright)", re.IGNORECASE)
TODO = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b(.*)")
TODOS_AT_MOST = 20

# (pattern, folders, message), matched against code without strings and comments.
FORBIDDEN = [
    (r"\bBundle\s*\.\s*module\b", ("Sources/",), "Bundle.module bakes in the build path; read from share/"),
    (r"(?<![\w.])(?:debugPrint|print)\s*\(", (PLATFORM, CONTRACTS, APPS), "libraries log; they do not print"),
    (r"\bgetenv\s*\(|\bProcessInfo\s*\.\s*processInfo\s*\.\s*environment\b", (PLATFORM, CONTRACTS, APPS),
     "libraries do not read the environment; pass the value in"),
    (r"\btry\s*!", ("Sources/",), "try! crashes the server for everybody"),
    (r"\bfatalError\s*\(\s*\)", ("Sources/",), "a trap says what was violated"),
    # An hour stands for "never ends"; the test cancels it.
    (r"\bTask\s*\.\s*sleep\b(?!\(for: \.seconds\(3600\)\))|\busleep\s*\(|\bThread\s*\.\s*sleep\b", ("Tests/",),
     "tests do not sleep; wait for a signal"),
]
UNCHECKED = re.compile(r"@unchecked\s+Sendable|\bnonisolated\s*\(\s*unsafe\s*\)")
# A proof speaks of who can reach the thing.
PROOF = re.compile(r"(?i)sendable|\bthread|\block|\bshare|\bconcurren|\bimmutable|\bnever change|\bone (?:reader|writer|task)")


def swift(tree):
    """Swift keeps the rules that neither compiler nor formatter enforces."""
    rules = [(re.compile(pattern), folders, message) for pattern, folders, message in FORBIDDEN]
    todos = 0
    for path in tree.matching("Sources/", "Tests/", suffix=".swift"):
        text = tree.text(path)
        lines = text.splitlines()
        for number, line in enumerate(swift_text.code(text).splitlines(), start=1):
            for pattern, folders, message in rules:
                if path.startswith(folders) and pattern.search(line):
                    yield Finding(path, number, message)
            unchecked = UNCHECKED.search(line)
            if unchecked and not PROOF.search(_comment_above(lines, number)):
                yield Finding(path, number, f"{unchecked.group()} needs a comment above that proves it")
        for number, line in enumerate(lines, start=1):
            if BANNER.search(line):
                yield Finding(path, number, "no banners; a file that needs them is two files")
            if AUTHOR.search(line):
                yield Finding(path, number, "no author tags and no license headers; git and LICENSE know")
            if "//" in line and (todo := TODO.search(line.split("//", 1)[1])):
                todos += 1
                if not re.match(r": .{20,}", todo.group(1)):
                    yield Finding(path, number, "a TODO names its reason and consequence")
                if todos > TODOS_AT_MOST:
                    yield Finding(path, number, f"is TODO number {todos}; at most {TODOS_AT_MOST}")


def _comment_above(lines, number):
    """The comment that ends right above the line, attributes between them left out."""
    found, i = [], number - 2
    while i >= 0 and re.match(r"\s*@", lines[i]):
        i -= 1
    while i >= 0 and lines[i].lstrip().startswith("//"):
        found.append(lines[i])
        i -= 1
    return "\n".join(found)
