import re

from tree import Finding

PATTERNS = [
    ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY"),
    ("a cloud access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("a forge token", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{50,}|\bglpat-[\w-]{20,}"),
    ("a chat token", r"\bxox[abprs]-[\w-]{10,}"),
    ("an API key", r"\bsk-[A-Za-z0-9_-]{32,}|\bAIza[\w-]{35}\b"),
    ("a signed token", r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}"),
    ("a password in an address", r"\b[a-z][a-z0-9+]*://[^\s/:@'\"<>]+:(?!\*|\$|\{|<|…|password@|secret@)[^\s/:@'\"<>]{3,}@[\w.-]+"),
]
LARGEST_BYTES = 1 << 20


def secrets(tree):
    """No key, token or password is committed, and no large file."""
    rules = [(what, re.compile(pattern)) for what, pattern in PATTERNS]
    for path in tree.paths:
        size = (tree.root / path).stat().st_size
        if size > LARGEST_BYTES:
            yield Finding(path, 0, f"has {size} bytes; at most {LARGEST_BYTES}")
        if re.search(r"(?:^|/)(?:\.env|id_(?:rsa|ed25519|ecdsa)|.*\.(?:pem|p12|pfx|key))$", path):
            yield Finding(path, 0, "looks like a file of secrets")
        for number, line in tree.lines(path):
            for what, pattern in rules:
                if pattern.search(line):
                    yield Finding(path, number, f"contains what looks like {what}")
