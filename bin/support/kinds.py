"""What bin/new can write: for each kind the path, the text, and what comes next."""

import pathlib
import re
import sys

SHAPES = pathlib.Path(__file__).resolve().parent / "shapes"


def refuse(reason):
    sys.exit(f"new: {reason}; nothing was written")


def shape(name, **words):
    text = (SHAPES / name).read_text()
    return re.sub(r"\{\{(\w+)\}\}", lambda match: words[match.group(1)], text)


def migration(app, name):
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", name):
        refuse(f"{name} is no name for a migration: say what it does, such as create_albums or add_title_to_posts")
    present = sorted((app / "Migrations").glob("*.sql"))
    if taken := [path.name for path in present if path.stem[5:] == name]:
        refuse(f"{taken[0]} has that name")
    table = name.removeprefix("create_") if name.startswith("create_") else None
    number = int(present[-1].name[:4]) + 1 if present else 1
    text = shape("migration.sql") + (shape("table.sql", table=table) if table else "")
    return app / "Migrations" / f"{number:04}_{name}.sql", text, (
        "write why, which locks, and how to undo it (bin/lint asks for them), then the SQL and its comments,\n"
        "and run bin/generate; never edit a migration that was released")


def ability(app, name):
    if not (match := re.fullmatch(r"([A-Z][A-Za-z0-9]*)\+([A-Z][A-Za-z0-9]*)", name)) or match[2] == "Extensions":
        refuse(f"{name} is no name for an ability: write a row and what it can do, such as Post+Sharing")
    row = app / "Rows" / f"{match[1]}.swift"
    key = row.exists() and re.search(r"KeyedRow.*?\n  let (\w+):", row.read_text(), re.DOTALL)
    if not key:
        refuse(f"{app.name} has no row {match[1]} with a key; rows come from tables: bin/new migration, bin/generate")
    home = app / f"{match[1]}s"
    homes = sorted(path.parent for path in app.rglob(f"{match[1]}[+RP]*.swift") if not home.is_dir())
    text = shape("ability.txt", Noun=match[1], ability=match[2][0].lower() + match[2][1:], key=key[1])
    return (homes[0] if homes else home) / f"{name}.swift", text, (
        "keep what the ability needs and name it: queries as nouns, verbs as a member would say them; why it may\n"
        f"refuse goes to {match[1]}Error.swift, its tests to Tests/AppTests/{app.name}Tests")


def event(app, name):
    noun, *past = re.findall(r"[A-Z][a-z0-9]*", name) or [""]
    past = [word.lower() for word in past if word != "Was"]
    if not re.fullmatch(r"(?:[A-Z][a-z0-9]*){2,}", name) or not past:
        refuse(f"{name} is no name for an event: say what happened to what, such as PostPinned or AlbumWasShared")
    words = {"App": app.name, "Event": name, "context": app.name.lower(), "noun": noun.lower(), "past": "_".join(past)}
    return app.parents[1] / "Contracts" / f"{app.name}Contract" / f"{name}.swift", shape("event.txt", **words), (
        "replace the text by typed ids and plain facts, publish it in the verb's transaction, and subscribe where it\n"
        "matters (docs/guides/events.md); name and version are for ever once they are released")


def job(app, name):
    verb, *nouns = re.findall(r"[A-Z][a-z0-9]*", name) or [""]
    if not re.fullmatch(r"(?:[A-Z][a-z0-9]*){2,}", name):
        refuse(f"{name} is no name for a job: say what is done to what, such as MakeThumbnails")
    kind = ".".join([app.name.lower(), "_".join(word.lower() for word in nouns), verb.lower()])
    return app / f"{name}.swift", shape("job.txt", Job=name, kind=kind), (
        "move it to the folder of its noun, replace the text by typed ids, enqueue it in the verb's transaction, and\n"
        f"name its handler in {app.name}.jobHandlers (docs/guides/jobs.md); the kind is for ever once it is released")


KINDS = {"migration": migration, "ability": ability, "event": event, "job": job}
