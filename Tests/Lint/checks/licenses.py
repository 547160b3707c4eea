import re

from tree import Finding

# A phrase that only the license text has.
KNOWN = {
    "Apache-2.0": "Apache License",
    "MIT": "Permission is hereby granted, free of charge",
    "BSD": "Redistribution and use in source and binary forms",
}
CHECKOUTS = ".build/checkouts"


def licenses(tree):
    """Artel carries the Apache license, and every dependency one that allows to be used with it."""
    if not tree.has("LICENSE") or "Apache License" not in tree.text("LICENSE"):
        yield Finding("LICENSE", 0, "is to hold the Apache License 2.0")
    folder = tree.root / CHECKOUTS
    dependencies = sorted(folder.iterdir()) if folder.is_dir() else []
    if not dependencies:
        yield Finding(CHECKOUTS, 0, "the dependencies are not there yet; build first")
    for dependency in dependencies:
        texts = [p for p in dependency.iterdir() if re.match(r"(?i)(licen[cs]e|copying)", p.name) and p.is_file()]
        found = {name for p in texts for name, phrase in KNOWN.items() if phrase in p.read_text(errors="replace")}
        if not found:
            yield Finding(f"{CHECKOUTS}/{dependency.name}", 0, "carries no license that is known to fit")
