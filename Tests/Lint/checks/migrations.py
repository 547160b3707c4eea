import re

from tree import APPS, PLATFORM, Finding

FILE = re.compile(r"(\d{4})_[a-z0-9]+(?:_[a-z0-9]+)*\.sql")
TABLE = re.compile(r"\bcreate table (?:if not exists )?(\S+)\s*\((.*?)\n\)[^;\n]*;", re.DOTALL | re.IGNORECASE)
INDEX = re.compile(r"\bcreate (unique )?index (?:concurrently )?(?:if not exists )?(\S+) on (\S+)", re.IGNORECASE)
COLUMN = re.compile(r"^\s*(\w+)\s+([a-z]\w*)", re.MULTILINE)
NOT_COLUMNS = {"constraint", "primary", "foreign", "unique", "check", "exclude", "like"}
UNNAMED = re.compile(r"\b(?:check\s*\(|primary key|foreign key|references|unique)\b", re.IGNORECASE)


def migrations(tree):
    """Migrations have their header and order, name everything, and comment every table and column."""
    folders = {}
    for path in tree.matching(APPS, PLATFORM, suffix=".sql"):
        folder, name = path.rsplit("/", 1)
        if folder.endswith("/Migrations"):
            folders.setdefault(folder, []).append((path, name))
    for folder, files in sorted(folders.items()):
        comments = "\n".join(tree.text(path) for path, _ in files).lower()
        for position, (path, name) in enumerate(files, start=1):
            match = FILE.fullmatch(name)
            if not match or int(match.group(1)) != position:
                yield Finding(path, 0, f"is to be called {position:04}_what_it_does.sql")
            text = tree.text(path)
            yield from _header(path, text)
            yield from _tables(path, _without_comments(text), comments)
            yield from _indexes(path, _without_comments(text))


def _header(path, text):
    header = re.match(r"(?:--.*\n)+", text)
    for word in ("Why", "Locks", "Undo"):
        if not header or not re.search(rf"(?:^-- |\. ){word}: \S", header.group(), re.MULTILINE):
            yield Finding(path, 1, f"the header lacks \"{word}: …\"")
    if re.search(r"^\s*(?:begin|commit|rollback)\s*;", text, re.MULTILINE | re.IGNORECASE):
        yield Finding(path, 0, "opens or ends a transaction; each file is run in one")
    if re.search(r"\bindex concurrently\b", text, re.IGNORECASE) and _without_comments(text).count(";") > 1:
        yield Finding(path, 0, "create index concurrently stands alone in its file")


def _tables(path, sql, comments):
    for match in TABLE.finditer(sql):
        table, body = match.groups()
        line = sql.count("\n", 0, match.start()) + 1
        if not re.fullmatch(r"(?:[a-z]+\.)?[a-z][a-z0-9]*(?:_[a-z0-9]+)*", table) or not table.endswith("s"):
            yield Finding(path, line, f"the table {table} is to be a plural in snake_case")
        if f"comment on table {table} is" not in comments:
            yield Finding(path, line, f"the table {table} has no comment")
        for entry in _entries(body):
            yield from _entry(path, line, table, entry.strip(), comments)


def _entry(path, line, table, entry, comments):
    if not entry:
        return
    if UNNAMED.search(entry) and not entry.lower().startswith("constraint"):
        parts = re.split(r"\bconstraint\s+\w+\s+", entry, flags=re.IGNORECASE)
        if UNNAMED.search(parts[0]):
            yield Finding(path, line, f"a constraint of {table} has no name: {' '.join(entry.split())[:60]}")
    if named := re.match(r"constraint (\S+)", entry, re.IGNORECASE):
        if not named.group(1).startswith(_plain(table) + "_"):
            yield Finding(path, line, f"the constraint {named.group(1)} is to begin with {_plain(table)}_")
        return
    column = COLUMN.match(entry)
    if not column or column.group(1).lower() in NOT_COLUMNS:
        return
    name, kind = column.groups()
    if name != name.lower():
        yield Finding(path, line, f"the column {table}.{name} is to be in snake_case")
    if kind.startswith("timestamp") and kind != "timestamptz":
        yield Finding(path, line, f"the column {table}.{name} is to be timestamptz")
    if (kind == "timestamptz") != name.endswith("_at"):
        yield Finding(path, line, f"the column {table}.{name}: times, and only times, are called …_at")
    if f"comment on column {table}.{name} is" not in comments:
        yield Finding(path, line, f"the column {table}.{name} has no comment")


def _indexes(path, sql):
    for match in INDEX.finditer(sql):
        unique, name, table = match.groups()
        ending = "_key" if unique else "_idx"
        if name.lower() == "on" or not name.startswith(_plain(table) + "_") or not name.endswith(ending):
            line = sql.count("\n", 0, match.start()) + 1
            yield Finding(path, line, f"the index {name} is to be called {_plain(table)}_…{ending}")


def _plain(table):
    """The name without the schema of a part of the platform."""
    return table.rsplit(".", 1)[-1]


def _entries(body):
    """The parts of a table's body between commas outside parentheses and quotes."""
    depth, quoted, start = 0, False, 0
    for i, character in enumerate(body):
        if character == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if character == "," and depth == 0:
                yield body[start:i]
                start = i + 1
    yield body[start:]


def _without_comments(sql):
    return re.sub(r"--.*", "", sql)
