import re
import urllib.parse

from tree import Finding

LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+(?:\([^()]*\))?)(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`((?:bin|docs|share|Sources|Tests|Benchmarks)/[\w./+-]*\w)`")
SHORT_PATH = re.compile(r"`([\w.+-]+/[\w./+-]*)(?: [^`]*)?`")
# Where the columns of tables of requirements look for their files.
ROOTS = {
    "Where": ("Sources/Apps/", "Sources/Contracts/", "Sources/Platform/", "Sources/", ""),
    "Test": ("Tests/AppTests/", "Tests/PlatformTests/", "Tests/", ""),
}
NUMBER = re.compile(r"([\d,_.]*\d)(?:\s[^\s<]+)?\s*<!-- check: ([a-z0-9-]+) -->")
SETTING_READ = re.compile(r'"(ARTEL_[A-Z0-9]+(?:_[A-Z0-9]+)*)"')
PANEL = "Sources/artel/Composition/Installation+Admin.swift"
SETTING = re.compile(r"\bARTEL_[A-Z0-9]+(?:_[A-Z0-9]+)*\b")
SOURCES_OF_NUMBERS = "Tests/Lint/numbers.txt"


def links(tree):
    """Links and paths in documents lead to something."""
    for path in tree.matching(suffix=".md"):
        text = FENCE.sub(lambda m: "\n" * m.group().count("\n"), tree.text(path))
        folder = (tree.root / path).parent
        for match in LINK.finditer(re.sub(r"`[^`\n]*`", lambda m: " " * len(m.group()), text)):
            address, _, anchor = match.group(1).partition("#")
            if re.match(r"[a-z]+:", address):
                continue
            line = text.count("\n", 0, match.start()) + 1
            aim = (folder / urllib.parse.unquote(address)).resolve() if address else tree.root / path
            if not aim.exists():
                yield Finding(path, line, f"links to {match.group(1)}, which does not exist")
            elif anchor and aim.suffix == ".md" and anchor not in _anchors(aim.read_text()):
                yield Finding(path, line, f"links to {match.group(1)}; there is no such heading")
        for match in PATH.finditer(text):
            if not tree.has(match.group(1)):
                line = text.count("\n", 0, match.start()) + 1
                yield Finding(path, line, f"names {match.group(1)}, which does not exist")
        yield from _short_paths(tree, path)


def _short_paths(tree, path):
    """Files in the columns "Where" and "Test", but for what is only planned."""
    columns = {}
    for line, row in tree.lines(path):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)]
        if not row.startswith("|"):
            columns = {}
        elif ROOTS.keys() <= set(cells):
            columns = {name: cells.index(name) for name in ROOTS}
        elif columns and "planned" not in cells:
            for name, roots in ROOTS.items():
                for short in SHORT_PATH.findall(cells[columns[name]] if columns[name] < len(cells) else ""):
                    if not PATH.fullmatch(f"`{short}`") and not _leads_somewhere(tree, short, roots):
                        yield Finding(path, line, f"names {short}, which does not exist")


def _leads_somewhere(tree, short, roots):
    return any(tree.has(f"{root}{short}{suffix}") for root in roots for suffix in ("", ".swift"))


def _anchors(text):
    """The anchors of all headings, by the rule that code forges follow."""
    headings = re.findall(r"^#+\s+(.*?)\s*$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def numbers(tree):
    """A number that prose repeats from the code still agrees with it."""
    sources = {}
    for line_number, line in tree.lines(SOURCES_OF_NUMBERS) if tree.has(SOURCES_OF_NUMBERS) else ():
        if line.strip() and not line.startswith("#"):
            name, path, rest = (part.strip() for part in line.split("|", 2))
            pattern, _, divisor = rest.partition(" | ")
            sources[name] = (line_number, path, pattern.strip(), float(divisor or 1))
    used = set()
    for path in tree.matching(suffix=".md"):
        for match in NUMBER.finditer(tree.text(path)):
            written, name = match.groups()
            used.add(name)
            line = tree.text(path).count("\n", 0, match.start()) + 1
            if name not in sources:
                yield Finding(path, line, f"{SOURCES_OF_NUMBERS} does not say where {name} comes from")
                continue
            _, source, pattern, divisor = sources[name]
            found = re.search(pattern, tree.text(source)) if tree.has(source) else None
            if not found:
                yield Finding(path, line, f"{name} is not found in {source} by {pattern}")
            elif _value(found.group(1)) / divisor != _value(written):
                yield Finding(path, line, f"says {written} for {name}; {source} says {found.group(1)}")
    for name in sorted(sources.keys() - used):
        yield Finding(SOURCES_OF_NUMBERS, sources[name][0], f"no document uses {name}")


def _value(text):
    return float(re.sub(r"[,_]", "", text))


def settings(tree):
    """Settings in documents are read by something; what the program reads is documented, and shown in the panel."""
    documented, read = {}, {}
    for path in tree.paths:
        if path.endswith(".md") and path != "CHANGELOG.md":
            found = documented
        elif path.startswith(("Sources/", "bin/")) or path == "Package.swift":
            found = read
        else:
            continue
        for match in SETTING.finditer(tree.text(path)):
            found.setdefault(match.group(), (path, tree.text(path).count("\n", 0, match.start()) + 1))
    for name in sorted(documented.keys() - read.keys()):
        yield Finding(*documented[name], f"documents {name}, which nothing reads")
    for name in sorted(read.keys() - documented.keys()):
        if read[name][0].startswith("Sources/"):
            yield Finding(*read[name], f"reads {name}, which no document explains")
    yield from _not_shown(tree)


def _not_shown(tree):
    """A secret that may stand in a file is shown by the name that it has itself."""
    shown = tree.text(PANEL) if tree.has(PANEL) else ""
    for path in tree.matching("Sources/artel/", suffix="Settings.swift"):
        text, seen = tree.text(path), set()
        for match in SETTING_READ.finditer(text):
            name = match.group(1)
            base = name.removesuffix("_FILE")
            known = any(f'SettingInEffect("{n}"' in shown for n in {name, base if f'"{base}"' in text else name})
            if not known and name not in seen:
                seen.add(name)
                yield Finding(path, text.count("\n", 0, match.start()) + 1, f"reads {name}, which {PANEL} does not show")
