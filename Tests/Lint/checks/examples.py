import re

from tree import Finding, line_of

SOURCES = "Tests/PlatformTests/GuideTests/"
GUIDES = "docs/guides/"
BODY = re.compile(r'^( *)\S[^\n]*\bexample\("([a-z0-9-]+)"\) \{\n(.*?)^\1\}', re.MULTILINE | re.DOTALL)
REGION = re.compile(r"^( *)// example: ([a-z0-9-]+)\n(.*?)^\1// end$", re.MULTILINE | re.DOTALL)
MARKER = re.compile(r"<!-- example: (\S+) -->\n")
ORIGIN = re.compile(r"<!-- from: (\S+) -->\n(?:```[a-z]*\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
SWIFT = re.compile(r"^```swift\n(.*?)^```\n?", re.MULTILINE | re.DOTALL)


def examples(tree):
    """The Swift in a guide is the Swift that the guide's tests run, with its SQL beside it."""
    sources = {}
    for path in tree.matching(SOURCES, suffix=".swift"):
        text = tree.text(path)
        for pattern, has_sql in ((BODY, True), (REGION, False)):
            for match in pattern.finditer(text):
                line = line_of(text, match.start())
                if match.group(2) in sources:
                    yield Finding(path, line, f"another example is called {match.group(2)}")
                sources[match.group(2)] = (path, line, _shown(match.group(3), has_sql), has_sql)
    shown = set()
    for path in tree.matching(GUIDES, suffix=".md"):
        text = tree.text(path)
        markers = {match.end(): match.group(1) for match in MARKER.finditer(text)}
        for block in SWIFT.finditer(text) if markers else ():
            line, name = line_of(text, block.start()), markers.pop(block.start(), None)
            shown.add(name)
            if not name:
                yield Finding(path, line, "Swift without <!-- example: name --> above it is run by no test")
            elif name not in sources:
                yield Finding(path, line, f"no test in {SOURCES} has the example {name}")
            elif block.group(1) != sources[name][2]:
                yield Finding(path, line, f"the example {name} differs from {sources[name][0]}:{sources[name][1]}")
            elif sources[name][3] and not re.match(r"\n?```sql\n", text[block.end():]):
                yield Finding(path, line, f"the example {name} has no SQL behind it")
        for offset, name in markers.items():
            yield Finding(path, line_of(text, offset), f"the example {name} has no Swift below it")
    for name in sorted(sources.keys() - shown):
        yield Finding(*sources[name][:2], f"no guide shows the example {name}")


def excerpts(tree):
    """What a document shows from a file stands there, line by line; only the indentation may be another."""
    for path in tree.matching(suffix=".md"):
        text = tree.text(path)
        for match in ORIGIN.finditer(text):
            line, origin, shown = line_of(text, match.start()), match.group(1), match.group(2)
            if not shown:
                yield Finding(path, line, f"the excerpt from {origin} has no code below it")
            elif not (tree.root / origin).is_file():
                yield Finding(path, line, f"there is no {origin}")
            elif not _holds(tree.text(origin).splitlines(), shown.splitlines()):
                yield Finding(path, line, f"the excerpt differs from {origin}")


def _holds(lines, excerpt):
    """Whether lines one after the other are the excerpt, all of them indented by as much more."""
    for start in range(len(lines) - len(excerpt) + 1):
        found = lines[start:start + len(excerpt)]
        indentation = len(found[0]) - len(found[0].lstrip()) - (len(excerpt[0]) - len(excerpt[0].lstrip()))
        if all(line == (" " * indentation + wanted if wanted else "") for line, wanted in zip(found, excerpt)):
            return True
    return False


def _shown(source, is_body):
    """The lines without their common indentation; of a body, without a last one that returns."""
    lines = source.splitlines()
    if is_body and re.match(r"\s*return\b", lines[-1]):
        lines.pop()
    indentation = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "".join(line[indentation:] + "\n" for line in lines)
