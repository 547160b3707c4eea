import re

import swift_text
from tree import Finding

# Say nothing about what the thing is.
EMPTY = {"Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Core", "Base", "Misc", "New", "Impl"}
EMPTY_ENDINGS = {"Data", "Info"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")


def names(tree):
    """Types and files are called by what they are."""
    for path in tree.matching("Sources/", "Tests/", suffix=".swift"):
        stem = path.rsplit("/", 1)[1].removesuffix(".swift")
        for part in stem.split("+"):
            yield from _judge(path, 0, part, "file")
        if stem.endswith("+Extensions"):
            yield Finding(path, 0, "an extension is named by its ability")
        text = tree.text(path)
        for name, line in swift_text.types(text):
            yield from _judge(path, line, name, "type")
            if name.endswith("Service") and not re.search(r"\bfunc run\(\)", text):
                yield Finding(path, line, f"{name} is called a service and has no run()")


def _judge(path, line, name, what):
    words = WORD.findall(name)
    for word in words:
        if word in EMPTY:
            yield Finding(path, line, f"the {what} name {name} contains {word}, which says nothing")
    if len(words) > 1 and words[-1] in EMPTY_ENDINGS:
        yield Finding(path, line, f"the {what} name {name} ends in {words[-1]}, which says nothing")
