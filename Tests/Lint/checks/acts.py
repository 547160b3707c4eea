import re

from tree import Finding, line_of

DOCUMENT = "docs/operations/system-log.md"
# The level that an act has whose declaration names none.
LEVELS = {"Act": "info", "AdministrativeAct": "warning", "ReportedAct": "warning"}
DECLARED = re.compile(
    r"static let \w+\s*=\s*(Act|AdministrativeAct|ReportedAct)\(\s*\"([a-z._]+)\"(?:\s*,\s*level:\s*\.(\w+))?"
)
ROW = re.compile(r"^\| ((?:`[a-z._]+`(?:, )?)+) \| (info|warning|error) \|", re.MULTILINE)


def acts(tree):
    """Every act that the system log records is explained, with its level, in docs/operations/system-log.md."""
    declared, explained = {}, {}
    for path in tree.matching("Sources/", suffix=".swift"):
        for match in DECLARED.finditer(tree.text(path)):
            kind, name, level = match.groups()
            declared[name] = (path, line_of(tree.text(path), match.start()), level or LEVELS[kind])
    if tree.has(DOCUMENT):
        text = tree.text(DOCUMENT)
        for match in ROW.finditer(text):
            for name in re.findall(r"`([a-z._]+)`", match.group(1)):
                explained[name] = (line_of(text, match.start()), match.group(2))
    for name, (path, line, level) in sorted(declared.items()):
        if name not in explained:
            yield Finding(path, line, f"declares the act {name}, which {DOCUMENT} does not explain")
        elif explained[name][1] != level:
            yield Finding(DOCUMENT, explained[name][0], f"says {explained[name][1]} for {name}; {path} says {level}")
    for name in sorted(explained.keys() - declared.keys()):
        yield Finding(DOCUMENT, explained[name][0], f"explains the act {name}, which nothing records")
