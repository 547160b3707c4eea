"""The exceptions in Tests/Lint/allowed.txt."""

from tree import Finding

FILE = "Tests/Lint/allowed.txt"


class Allowed:
    def __init__(self, tree):
        self.entries, self.broken, self.used = [], [], set()
        for number, line in tree.lines(FILE) if tree.has(FILE) else ():
            if not line.strip() or line.startswith("#"):
                continue
            parts = [part.strip() for part in line.split("|")]
            place = parts[0].split()
            if len(parts) != 3 or len(place) != 2 or len(parts[2]) < 15:
                message = "write: check path | part of the message | the reason, in a sentence"
                self.broken.append(Finding(FILE, number, message))
                continue
            self.entries.append((number, *place, parts[1]))

    def filter(self, check, findings):
        for finding in sorted(findings):
            entry = next(
                (e for e in self.entries
                 if e[1] == check and e[2] == finding.path and e[3] in finding.message), None)
            if entry:
                self.used.add(entry)
            else:
                yield finding

    def unused(self, checks):
        stale = [e for e in self.entries if e[1] in checks and e not in self.used]
        return self.broken + [Finding(FILE, e[0], "nothing needs this exception any more") for e in stale]
