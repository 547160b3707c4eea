"""All checks by name. Each takes a Tree and yields Findings."""

from .acts import acts
from .boundaries import boundaries
from .documents import links, numbers, settings
from .examples import examples, excerpts
from .licenses import licenses
from .migrations import migrations
from .names import names
from .secrets import secrets
from .sizes import sizes
from .swift_rules import swift
from .texts import templates, texts
from .versions import versions
from .words import words

CHECKS = {
    "boundaries": boundaries,
    "sizes": sizes,
    "names": names,
    "swift": swift,
    "words": words,
    "texts": texts,
    "templates": templates,
    "migrations": migrations,
    "links": links,
    "numbers": numbers,
    "settings": settings,
    "acts": acts,
    "examples": examples,
    "excerpts": excerpts,
    "versions": versions,
    "secrets": secrets,
    "licenses": licenses,
}

# Needs the sources of the dependencies, which are there only after a build.
LATER = {"licenses"}
