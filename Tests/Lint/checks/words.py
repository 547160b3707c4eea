import pathlib
import re

from tree import Finding

# (pattern, message). The repository speaks of the product, not of the machines and people that made it.
FORBIDDEN = [
    (r"(?<![\w.])/(?:work|opt/swift-packages|workspace)/", "names a folder of one machine"),
    (r"/tmp/(?:scratch|brief|pkg)\b", "names a folder of one machine"),
    (r"(?<![\w/])/home/(?!USER|user|you|artel)\w+", "names somebody's home"),
    (r"\b(?:pypi\.org|pythonhosted\.org|deb\.debian\.org|registry\.npmjs\.org|crates\.io|proxy\.golang\.org)\b",
     "names the host of a package registry"),
    (r"(?<![\w])shared/(?:design|style|components|features|seeds)\b", "names a file outside the repository"),
    (r"(?i)\b(?:chatgpt|copilot|claude|language model wrote|ai[- ]generated)\b", "speaks of tools, not of the product"),
    (r"(?i)\b(?:this|the) (?:session|helper|sub-?agent) (?:wrote|made|was told)\b", "speaks of who wrote it"),
    (r"(?i)(?<![\w-])issues? #?\d+\b", "names an issue; say what it was about"),
    (r"^(?:<{7} |={7}$|>{7} )", "has a conflict marker"),
]
BRITISH = re.compile(
    r"(?i)\b\w*(?:initialis|normalis|serialis|authoris|recognis|organis|synchronis|optimis|summaris)"
    r"(?:e|es|ed|er|ers|ing|ations?)\b|\b(?:behaviours?|coloured|colours?|favourites?|licences?|neighbours?)\b")

TEXTS = {"", ".css", ".js", ".json", ".lua", ".md", ".mustache", ".py", ".sql", ".swift", ".txt"}
PROSE = {".md", ".sql", ".swift"}
# Spell out the forbidden words themselves.
EXEMPT = ("Tests/Lint/", "Tests/LintTests/", "LICENSE")


def words(tree):
    """Nothing speaks of one machine, a registry or the making of; spelling is American in prose."""
    rules = [(re.compile(pattern), message) for pattern, message in FORBIDDEN]
    for path in tree.paths:
        suffix = pathlib.PurePath(path).suffix
        if path.startswith(EXEMPT) or suffix not in TEXTS:
            continue
        for number, line in tree.lines(path):
            for pattern, message in rules:
                if pattern.search(line):
                    yield Finding(path, number, message)
            for match in BRITISH.finditer(line) if suffix in PROSE else ():
                yield Finding(path, number, f"writes {match.group()}; the spelling is American")
