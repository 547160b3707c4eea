"""Jobs as an operator sees them, and what a killed server leaves of them."""

import json
import re
import shutil
import subprocess
import time

import pytest
from server import ROOT, as_owner
from test_killed_anywhere import WAIT_SECONDS, World


@pytest.fixture
def server(new_artel):
    return new_artel().start()


def jobs(server, *arguments):
    return server.command("jobs", *arguments)


def entries(server, *arguments):
    result = jobs(server, "list", "--json", *arguments)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def tidied(server, count):
    """The last jobs that look files through, once `count` of them are finished."""
    deadline = time.monotonic() + WAIT_SECONDS
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


def test_a_server_that_dies_of_looking_at_files_queues_it_once(new_artel):
    """Fails without the key: another job has done it, at its first attempt."""
    world = World(new_artel())
    tidied(world.server, 1)
    world.dies("gallery.copyStored 3", lambda: world.publish("Victim", seed=3))
    world.dies("blob.orphansFound 1", world.server.launch)
    for _ in range(3):
        world.server.start()
        world.server.kill()
    world.server.start()

    latest = tidied(world.server, 2)[0]
    assert latest["attempts"] == 2
    assert len(entries(world.server, "--kind", "gallery.files.tidy")) == 2
    shutil.rmtree(world.crash_file.parent)


def test_jobs_of_silent_nodes_are_taken_back_in_every_context(server):
    """Fails without a runner for each context: those of `search` run for ever."""
    contexts = [context["context"] for context in json.loads(jobs(server, "--json").stdout)]
    assert "search" in contexts
    for context in contexts:
        subprocess.run(
            ["psql", "--host", f"{server.data}/socket", "--username", context, "--dbname", context, "--quiet",
             "--command", """
                insert into jobs.jobs (id, kind, payload, priority, run_at, attempts, attempts_limit, state, claim,
                  node, hold_ends_at)
                values (gen_random_uuid(), 'tests.nobody.knows', '{}', 1, now(), 1, 1, 'running', gen_random_uuid(),
                  'gone:1', now())"""],
            check=True, timeout=30, **as_owner(server.data))
    deadline = time.monotonic() + 30
    while len(dead := entries(server, "--kind", "tests.nobody.knows", "--state", "dead")) < len(contexts):
        assert time.monotonic() < deadline, jobs(server, "list").stdout
        time.sleep(0.2)
    assert {job["reason"] for job in dead} == {"its node gone:1 fell silent"}
    assert "A job is dead" in server.log_end()


def times_of(expression):
    minute, hour, *rest = expression.split()
    assert rest == ["*"] * 3
    if minute.startswith("*/"):
        assert hour == "*"
        return f"each {minute[2:]} minutes"
    if hour == "*":
        return "each minute" if minute == "*" else f"{minute} minutes past each hour"
    return f"{int(hour):02}:{int(minute):02}"


def test_operators_read_about_everything_that_comes_back(server):
    text = (ROOT / "docs" / "operations" / "jobs.md").read_text().split("## What comes back")[1].split("##")[0]
    written = dict(re.findall(r"^\| `([a-z.]+)` \| ([^|,]+)", text, re.MULTILINE))
    assert len(written) >= 4
    deadline = time.monotonic() + 30
    while True:
        summary = json.loads(jobs(server, "--json").stdout)
        known = {
            entry["name"]: times_of(entry["expression"]) for context in summary for entry in context["schedules"]}
        if known == {name: when.strip() for name, when in written.items()} or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert known == {name: when.strip() for name, when in written.items()}


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
