import json
import re

from tree import Finding

FOLDER = "share/strings/"
# CLDR categories that a language needs for cardinal numbers.
PLURALS = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}}
PLACEHOLDER = re.compile(r"\{([a-z_.]+)\}|%([a-z_]+)%")
MARKUP = re.compile(r"<\w+[^>]*>|&\w+;")


def texts(tree):
    """Every text exists in every language, with the same placeholders and all plural forms."""
    languages = {}
    for path in tree.matching(FOLDER, suffix=".json"):
        language = path.removeprefix(FOLDER).removesuffix(".json")
        try:
            content = json.loads(tree.text(path), object_pairs_hook=_without_repeats)
        except ValueError as error:
            yield Finding(path, 0, f"is not good JSON: {error}")
            continue
        languages[language] = (path, dict(_flat(content)))
        if language not in PLURALS:
            yield Finding(path, 0, f"nobody has told the linter the plural forms of {language}")
    everything = {key for _, found in languages.values() for key in found}
    for language, (path, found) in sorted(languages.items()):
        for key in sorted(everything - found.keys()):
            yield Finding(path, 0, f"lacks {key}")
        for key, value in found.items():
            yield from _forms(path, language, key, value)
    if len(languages) > 1:
        yield from _placeholders(languages)


def _placeholders(languages):
    (path, first), *others = (languages[name] for name in sorted(languages))
    for other_path, other in others:
        for key in sorted(first.keys() & other.keys()):
            here, there = (_names(value) for value in (first[key], other[key]))
            if here != there:
                message = f"{key} has the placeholders {sorted(there)}, but {sorted(here)} in {path}"
                yield Finding(other_path, 0, message)


def _forms(path, language, key, value):
    for form in value.values() if isinstance(value, dict) else [value]:
        if not isinstance(form, str) or not form.strip():
            yield Finding(path, 0, f"{key} is empty or not a text")
        elif MARKUP.search(form):
            yield Finding(path, 0, f"{key} contains markup; that belongs into the template")
    if not re.fullmatch(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*", key):
        yield Finding(path, 0, f"{key} is not in snake_case")
    if isinstance(value, dict):
        needed, given = PLURALS.get(language, set()), value.keys() - {"#"}
        if needed and given != needed:
            yield Finding(path, 0, f"{key} has the plural forms {sorted(given)}; needs {sorted(needed)}")


def _names(value):
    """The placeholders of all forms together: a form may leave the number out (`one photo`)."""
    forms = value.values() if isinstance(value, dict) else [value]
    return {a or b for form in forms for a, b in PLACEHOLDER.findall(str(form))}


def _flat(content, prefix=""):
    """(key with dots, text or plural forms). An object with the key `other` is one text."""
    for key, value in content.items():
        if isinstance(value, dict) and "other" not in value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _without_repeats(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"the key {key} stands twice")
    return dict(pairs)


TEXT_TAG = re.compile(r"\{\{\s*[&^#/]?\s*t\.([a-z0-9_.]+?)\s*\}\}")
# (pattern, message) for templates.
TEMPLATE_RULES = [
    (re.compile(r"\{\{\{|\{\{\s*&"), "writes a value without escaping it"),
    (re.compile(r"<script\b[^>]*>\s*\S(?<!<)(?!/script)", re.DOTALL), "has a script with content; the policy blocks it"),
    (re.compile(r"<style\b|\sstyle\s*="), "has inline style; the policy blocks it"),
    (re.compile(r"\son[a-z]+\s*="), "has an inline event handler; the policy blocks it"),
    (re.compile(r"[А-Яа-яЁё]"), "has a Russian text; texts live in share/strings"),
]
POST_FORM = re.compile(r"<form\b[^>]*method=\"post\"[^>]*>(.*?)</form>", re.DOTALL | re.IGNORECASE)


def templates(tree):
    """Templates escape, keep the content policy, protect their forms and use texts that exist."""
    known = set()
    for path in tree.matching(FOLDER, suffix=".json"):
        try:
            known |= dict(_flat(json.loads(tree.text(path)))).keys()
        except ValueError:
            continue  # `texts` reports it
    for path in tree.matching("share/templates/", suffix=".mustache"):
        text = tree.text(path)
        for pattern, message in TEMPLATE_RULES:
            for match in pattern.finditer(text):
                yield Finding(path, text.count("\n", 0, match.start()) + 1, message)
        for match in TEXT_TAG.finditer(text):
            if match.group(1) not in known and not any(k.startswith(match.group(1) + ".") for k in known):
                yield Finding(path, text.count("\n", 0, match.start()) + 1, f"uses the unknown text {match.group(1)}")
        for match in POST_FORM.finditer(text):
            if "csrf" not in match.group(1):
                yield Finding(path, text.count("\n", 0, match.start()) + 1, "has a form without csrf_token")
