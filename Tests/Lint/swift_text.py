"""Just enough reading of Swift to check shapes: text without strings and comments, functions, imports."""

import re


def code(text):
    """The text with comments and the contents of string literals blanked; every line keeps its place.

    Code in string interpolations is blanked too. Backticked names become a plain word.
    """
    out, i, end = list(text), 0, len(text)

    def blank(start, stop):
        for k in range(start, stop):
            if out[k] != "\n":
                out[k] = " "

    while i < end:
        if text.startswith("//", i):
            stop = text.find("\n", i)
            stop = end if stop < 0 else stop
            blank(i, stop)
        elif text.startswith("/*", i):
            stop, depth = i + 2, 1
            while stop < end and depth:
                if text.startswith("/*", stop):
                    depth, stop = depth + 1, stop + 2
                elif text.startswith("*/", stop):
                    depth, stop = depth - 1, stop + 2
                else:
                    stop += 1
            blank(i, stop)
        elif text[i] == "`":
            stop = text.find("`", i + 1) + 1 or end
            for k in range(i, stop):
                if not (text[k].isalnum() or text[k] == "\n"):
                    out[k] = "_"
        elif text[i] == '"' or (text[i] == "#" and re.match(r'#+"', text[i:i + 9])):
            stop = _string_end(text, i)
            blank(i, stop)
        else:
            stop = i + 1
        i = stop
    return "".join(out)


def _string_end(text, start):
    """The offset behind the string literal that begins at `start`."""
    opening = re.match(r'(#*)("""|")', text[start:start + 12])
    pounds, quote = opening.groups()
    closing, escape = quote + pounds, "\\" + pounds
    i = start + opening.end()
    while i < len(text):
        if text.startswith(closing, i):
            return i + len(closing)
        if text.startswith(escape + "(", i):
            i = _interpolation_end(text, i + len(escape) + 1)
        elif text.startswith(escape, i):
            i += len(escape) + 1
        elif quote == '"' and text[i] == "\n":
            return i
        else:
            i += 1
    return i


def _interpolation_end(text, i):
    depth = 1
    while i < len(text) and depth:
        if text[i] == '"':
            i = _string_end(text, i)
            continue
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        i += 1
    return i


FUNCTION = re.compile(r"\b(func\s+([^\s(<]+)|(init)\b[?!]?\s*[<(]|(deinit)\b|(subscript)\b\s*[<(])")
# What a protocol's requirement without a body is followed by.
NEXT = re.compile(r"\}|;|\b(?:func|var|let|init|subscript|case|struct|class|enum|actor|extension|associatedtype)\b")


def functions(text):
    """(name, line of its beginning, lines of its body) for each function with a body."""
    plain = code(text)
    for match in FUNCTION.finditer(plain):
        if plain[:match.start()].rstrip()[-1:] in (".", "#"):
            continue  # a call such as `self.init(…)`
        name = next(group for group in match.groups()[1:] if group)
        body = _body(plain, match.end() - (plain[match.end() - 1] in "(<"))
        if body:
            yield (name, plain.count("\n", 0, match.start()) + 1, plain.count("\n", *body) - 1)


def _body(plain, i):
    """The span of the braces that follow a signature, or nothing."""
    depth = 0
    while i < len(plain):
        if depth == 0 and plain[i] == "{":
            return i, _closing(plain, i)
        if depth == 0 and NEXT.match(plain, i) and not plain[i - 1:i].isalnum():
            return None
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(plain[i], 0)
        if depth < 0:
            return None
        i += 1
    return None


def _closing(plain, start):
    depth = 0
    for i in range(start, len(plain)):
        depth += {"{": 1, "}": -1}.get(plain[i], 0)
        if depth == 0:
            return i
    return len(plain)


IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)", re.MULTILINE)


def imports(text):
    """(module, line) for each import."""
    plain = code(text)
    for match in IMPORT.finditer(plain):
        yield match.group(1), plain.count("\n", 0, match.start(1)) + 1


DECLARATION = re.compile(
    r"\b(?:struct|class|enum|actor|protocol|typealias|associatedtype)\s+(\w+)(?!\s*\()")


def types(text):
    """(name, line) for each type the file declares."""
    plain = code(text)
    for match in DECLARATION.finditer(plain):
        if match.group(1) not in ("func", "var", "let", "subscript", "init"):
            yield match.group(1), plain.count("\n", 0, match.start(1)) + 1
