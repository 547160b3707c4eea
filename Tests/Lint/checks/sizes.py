import collections

import swift_text
from tree import APPS, Finding

# In lines; STYLE.md repeats these.
APP_FILE_LINES = 300
PLATFORM_FILE_LINES = 600
FUNCTION_LINES = 60
FOLDER_FILES = 30
SCRIPT_LINES = 60


def sizes(tree):
    """Files, functions, folders and scripts stay readable."""
    folders = collections.Counter()
    for path in tree.matching("Sources/", "Tests/", suffix=".swift"):
        text = tree.text(path)
        limit = APP_FILE_LINES if path.startswith(APPS) else PLATFORM_FILE_LINES
        count = len(text.splitlines())
        if count > limit:
            yield Finding(path, 0, f"has {count} lines; at most {limit}")
        for name, line, body in swift_text.functions(text):
            if body > FUNCTION_LINES:
                yield Finding(path, line, f"{name} has {body} lines; at most {FUNCTION_LINES}")
        folders[path.rsplit("/", 1)[0]] += 1
    for folder, count in sorted(folders.items()):
        if count > FOLDER_FILES:
            yield Finding(folder, 0, f"has {count} files; at most {FOLDER_FILES}")
    for path in tree.matching("bin/"):
        lines = [line for _, line in tree.lines(path) if line.strip() and not line.startswith("#")]
        if len(lines) > SCRIPT_LINES:
            yield Finding(path, 0, f"has {len(lines)} lines; at most {SCRIPT_LINES}")
