import json
import os
import subprocess

import swift_text
from tree import APPS, CONTRACTS, PLATFORM, Finding

# Come with the toolchain; everything else has to be declared.
TOOLCHAIN = {
    "Dispatch", "Foundation", "FoundationEssentials", "FoundationInternationalization",
    "FoundationNetworking", "Glibc", "Observation", "RegexBuilder", "Swift", "Synchronization",
    "Testing", "XCTest",
}
# Which kinds of target a kind may depend on. Tests and `artel` may use everything.
LAW = {
    "platform": {"platform"},
    "contract": {"platform"},
    "app": {"platform", "contract"},
    "program": {"platform"},
}


def boundaries(tree):
    """Imports match the manifest, and the manifest keeps the dependency law."""
    targets = {t["name"]: t for t in manifest(tree)["targets"] if t["type"] != "plugin"}
    kinds = {name: kind(target) for name, target in targets.items()}
    for name, target in sorted(targets.items()):
        declared = {dependency(d) for d in target["dependencies"]}
        for other in sorted(declared & targets.keys()):
            if kinds[other] not in LAW.get(kinds[name], set(kinds.values())):
                message = f"{kinds[name]} {name} must not depend on {kinds[other]} {other}"
                yield Finding("Package.swift", 0, message)
        modules = {d.replace("-", "_") for d in declared}
        imported = set()
        for path in tree.matching(target.get("path", "") + "/", suffix=".swift"):
            for module, line in swift_text.imports(tree.text(path)):
                imported.add(module)
                if module not in modules | TOOLCHAIN | {name}:
                    yield Finding(path, line, f"{name} imports {module} without declaring it")
        if target["type"] in ("regular", "executable", "test") and imported:
            programs = {n for n, t in targets.items() if t["type"] == "executable"}
            for unused in sorted(declared - imported - programs):
                yield Finding("Package.swift", 0, f"{name} declares {unused} and never imports it")


def manifest(tree):
    """The manifest as the package manager understands it."""
    described = subprocess.run(
        ["swift", "package", "--package-path", tree.root, "dump-package"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ,
    )
    return json.loads(described.stdout)


def kind(target):
    path = target.get("path", "") + "/"
    if target["type"] == "test":
        return "test"
    for prefix, name in ((PLATFORM, "platform"), (CONTRACTS, "contract"), (APPS, "app")):
        if path.startswith(prefix):
            return name
    return "composition root" if target["name"] == "artel" else "program"


def dependency(entry):
    """The name in `{"byName": ["ArtelWeb", null]}` or `{"product": ["Logging", "swift-log", …]}`."""
    return next(iter(entry.values()))[0]
