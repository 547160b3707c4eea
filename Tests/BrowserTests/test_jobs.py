"""Jobs as an operator sees them, and what a killed server leaves of them."""

import json
import os
import subprocess
import time

import pytest
from server import ROOT


@pytest.fixture
def server(new_artel):
    return new_artel().start()


def jobs(server, *arguments):
    return subprocess.run(
        [server.binary, "jobs", *arguments, "--data", server.data], text=True, capture_output=True, timeout=60,
        env=os.environ | {"ARTEL_SHARE": str(ROOT / "share")})


def entries(server, *arguments):
    result = jobs(server, "list", "--json", *arguments)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def tidied(server, count):
    """The last jobs that look files through, once `count` of them are finished."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = entries(server, "--kind", "gallery.files.tidy", "--state", "finished")
        if len(found) >= count:
            return found
        time.sleep(0.2)
    raise AssertionError(jobs(server, "list").stdout)


def test_files_are_looked_through_at_each_start_also_after_a_kill(server):
    tidied(server, 1)
    server.kill()
    server.start()
    first = tidied(server, 2)[0]
    assert first["attempts"] == 1 and first["ended_at"] and first["node"]


def test_an_operator_sees_jobs_and_runs_one_again(server):
    job = tidied(server, 1)[0]["id"]
    expected = {"accounts.expired.forget", "accounts.notices.forget", "gallery.answers.forget", "gallery.files.tidy"}
    schedules, deadline = set(), time.monotonic() + 30
    while not expected <= schedules and time.monotonic() < deadline:
        summary = json.loads(jobs(server, "--json").stdout)
        schedules = {entry["name"] for context in summary for entry in context["schedules"]}
    assert expected <= schedules
    assert "gallery.files.tidy next at" in jobs(server).stdout
    assert json.loads(jobs(server, "show", job).stdout)["kind"] == "gallery.files.tidy"
    assert job in jobs(server, "list", "--state", "finished").stdout

    refused = jobs(server, "retry", job)
    assert refused.returncode != 0 and "finished" in refused.stderr
    assert "no job" in jobs(server, "cancel", job).stderr


@pytest.mark.parametrize("arguments, reason", [
    (("show", "nonsense"), "not the id of a job"), (("retry",), "--dead"),
    (("list", "--state", "lost"), "queued, running, finished, cancelled, dead"),
    (("list", "--context", "shop"), "accounts, gallery"), (("list", "--limit", "0"), "from 1 on"),
    (("cancel", "01900000-0000-7000-8000-000000000000"), "no job 01900000"),
])
def test_what_is_wrong_is_named(server, arguments, reason):
    result = jobs(server, *arguments)
    assert result.returncode != 0 and reason in result.stderr
