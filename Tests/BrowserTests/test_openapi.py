"""The OpenAPI document is valid, the same wherever it comes from, and true: schemathesis compares every answer with it."""

import collections
import json
import os
import pathlib
import subprocess
import sys

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from server import ROOT

METHODS = {"get", "put", "post", "delete", "patch"}
SCHEMATHESIS = pathlib.Path(sys.executable).with_name("schemathesis")


@pytest.fixture(scope="module")
def server(new_artel):
    # The limits of rate would answer instead of the routes.
    server = new_artel(ARTEL_RATE_FACTOR="1000", ARTEL_FETCH_FROM="anywhere").at_localhost().start()
    server.new_member("joan")
    server.stop()
    server.know_breached("correct horse joan")
    return server.start()


@pytest.fixture(scope="module")
def document(server):
    status, document = server.api("GET", "/api/openapi.json")
    assert status == 200
    return document


def operations(document):
    return [
        (path, method, operation)
        for path, item in document["paths"].items() for method, operation in item.items() if method in METHODS]


def test_the_document_is_valid(document):
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_operation_is_described(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) >= 11
    for path, method, operation in operations(document):
        assert operation["summary"] and operation["tags"], (path, method)
        assert any(status.startswith("2") for status in operation["responses"]), (path, method)


def test_the_command_prints_what_is_served(server, document):
    printed = subprocess.run(
        [server.binary, "openapi"], capture_output=True, check=True, timeout=120,
        env=os.environ | {"ARTEL_SHARE": str(ROOT / "share")} | server.environment)
    assert json.loads(printed.stdout) == document


def strict(document):
    """The document with answers that may have no other members than it names."""
    document = json.loads(json.dumps(document))
    answers = {"APIToken", "APITokenPage", "Account", "Album", "AlbumPage", "Author", "IssuedAPIToken", "MadeShareLink",
               "NoticePage", "PostPage", "PostWithPictures", "Problem", "Session", "SessionPage", "ShareLink", "ShareLinkPage",
               "AuthenticatorSetup", "Passkey", "PasskeyCreationOptions", "PasskeyPage", "PasskeyRequestOptions", "Proof",
               "RecoveryCodes", "SecondFactor", "SignInChallenge", "TokenPair", "TrashedPostPage", "UnreadCount", "Upload", "UploadCheck"}
    assert answers - {"Author", "APIToken", "Session", "ShareLink"} <= document["components"]["schemas"].keys()
    for name in answers & document["components"]["schemas"].keys():
        document["components"]["schemas"][name]["additionalProperties"] = False
    for operation in document["paths"].values():
        body = operation.get("post", {}).get("requestBody", {}).get("content", {}).get("multipart/form-data")
        if body and body["schema"]["properties"].get("image", {}).get("type") == "array":
            # Of several files schemathesis sends each without a file name, as if it were a text. Of one there is
            # at most one description.
            body["schema"]["properties"]["image"] = body["schema"]["properties"]["image"]["items"]
            body["schema"]["properties"]["alts"]["maxItems"] = 1
    return document


# Fails without what the document says: a member taken out of Account and Post and one status out of a route were
# seen as 7 failures; an operation that nobody can call is named by the last assertion.
# Most routes answer a guest alike, so fewer examples do.
@pytest.mark.parametrize(("caller", "examples"), [("member", "40"), ("guest", "15")])
def test_every_answer_is_as_the_document_says(server, document, results, tmp_path, caller, examples):
    schema, outcomes = tmp_path / "openapi.json", tmp_path / "outcomes"
    schema.write_text(json.dumps(strict(document)))
    outcomes.touch()
    # Besides its own: 412, as tus has it.
    refusals = [400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428, 429, "5xx"]
    (tmp_path / "schemathesis.toml").write_text("".join(
        f"[checks.{check}]\nexpected-statuses = {[str(status) for status in refusals]}\n"
        for check in ("negative_data_rejection", "missing_required_header")))
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": str(ROOT / "Tests/BrowserTests/schemathesis_hooks.py"),
        "PYTHONPATH": str(ROOT / "Tests/BrowserTests"),
        "ARTEL_ADDRESS": server.address, "ARTEL_OUTCOMES": str(outcomes)}
    if caller == "member":
        server.new_member("grace")
        made = server.command("member", "create", "margaret", "--email", "margaret@example.org", "--administrator",
                              stdin="correct horse margaret\n")
        assert made.returncode == 0, made.stderr
        environment["ARTEL_ADMINISTRATOR"] = json.dumps({"login": "margaret", "password": "correct horse margaret"})
        server.new_member("hedy")
        assert server.command("member", "promote", "hedy", "--moderator").returncode == 0
        environment["ARTEL_MODERATOR"] = json.dumps({"login": "hedy", "password": "correct horse hedy"})
        environment["ARTEL_BREACHED"] = json.dumps({"login": "joan", "password": "correct horse joan"})
        environment["ARTEL_LOGIN"] = json.dumps({"login": "grace", "password": "correct horse grace"})
    for environment["ARTEL_ROUND"] in "01":
        run = subprocess.run(
            [SCHEMATHESIS, "run", schema, "--url", server.address, "--checks", "all", "--max-examples", examples,
             "--workers", "2", "--seed", "1", "--generation-database", "none", "--suppress-health-check", "all",
             "--request-timeout", "120", "--continue-on-failure"],
            capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=3600)
        # A fault of CPython 3.11 in programs of several threads (gh-106905) says nothing of the server.
        if "AST constructor recursion depth mismatch" not in run.stdout:
            break
    (results / f"schemathesis-{caller}.log").write_text(run.stdout + run.stderr)
    assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-2_000:]
    if caller == "member":
        answered = collections.defaultdict(set)
        for line in outcomes.read_text().splitlines():
            operation, status = line.split()
            answered[operation].add(status[0])
        never = [o["operationId"] for _, _, o in operations(document) if "2" not in answered[o["operationId"]]]
        assert not never, f"never answered 2xx: {never}"
