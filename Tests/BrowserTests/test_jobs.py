"""Jobs as an operator sees them, and what a killed server leaves of them."""

import json
import re
import shutil
import time
import uuid

import pytest
from server import ROOT, eventually
from test_killed_anywhere import World
from test_operating import done, sql


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
    def look():
        found = entries(server, "--kind", "gallery.files.tidy", "--state", "finished")
        return found if len(found) >= count else None

    return eventually(look, lambda: jobs(server, "list").stdout)


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
    # Otherwise the hold of the dead one may end meanwhile, and another one be killed in the middle of the job.
    hold(world.server, "1 hour")
    for _ in range(3):
        world.server.start()
        world.server.kill()
    hold(world.server, "0 s")
    world.server.start()

    latest = tidied(world.server, 2)[0]
    assert latest["attempts"] == 2
    assert len(entries(world.server, "--kind", "gallery.files.tidy")) == 2
    shutil.rmtree(world.crash_file.parent)


def hold(server, time):
    """Says for how long a server that died still counts as being at its jobs."""
    sql(server, "gallery", f"update jobs.jobs set hold_ends_at = now() + interval '{time}' where state = 'running'")


def insert_job(server, context, kind, **columns):
    """Stores a job in a state that takes long to come to; returns its id."""
    row = {"id": uuid.uuid4(), "kind": kind, "payload": "{}", "priority": 1, "attempts_limit": 1} | columns
    values = ", ".join(f"'{value}'" for value in row.values())
    sql(server, context, f"insert into jobs.jobs ({', '.join(row)}) values ({values})")
    return str(row["id"])


def insert_job_of_silent_node(server, context, kind):
    """A job that its node had at its last attempt: dead as soon as another one looks."""
    return insert_job(
        server, context, kind, run_at="now", attempts=1, state="running", claim=uuid.uuid4(), node="gone:1",
        hold_ends_at="now")


def test_jobs_of_silent_nodes_are_taken_back_in_every_context(server):
    """Fails without a runner for each context: those of `search` run for ever."""
    contexts = [context["context"] for context in json.loads(jobs(server, "--json").stdout)]
    assert "search" in contexts
    for context in contexts:
        insert_job_of_silent_node(server, context, "tests.nobody.knows")

    def look():
        dead = entries(server, "--kind", "tests.nobody.knows", "--state", "dead")
        return dead if len(dead) == len(contexts) else None

    dead = eventually(look, lambda: jobs(server, "list").stdout)
    assert {job["reason"] for job in dead} == {"its node gone:1 fell silent"}
    # Each line is written behind the commit that others see.
    eventually(lambda: server.log_text().count("A job is dead") >= len(contexts), server.log_end)


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
    deadline = time.monotonic() + 120
    while True:
        summary = json.loads(jobs(server, "--json").stdout)
        known = {
            entry["name"]: times_of(entry["expression"]) for context in summary for entry in context["schedules"]}
        if known == {name: when.strip() for name, when in written.items()} or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert known == {name: when.strip() for name, when in written.items()}


# Fails with a kind or an option that is not there: `accounts.letters.send` and `node` were missing.
def test_operators_read_about_every_kind_of_job_and_every_option():
    page = (ROOT / "docs" / "operations" / "jobs.md").read_text()
    kinds, options = set(), set()
    for path in (ROOT / "Sources").rglob("*.swift"):
        if "Benchmarks" not in path.parts and "Platform" not in path.parts:
            kinds |= set(re.findall(r'static let kind = "([a-z._]+)"', path.read_text()))
    for file, name in ("JobRunner.swift", "JobRunnerOptions"), ("Job.swift", "JobOptions"):
        text = (ROOT / "Sources" / "Platform" / "ArtelJobs" / file).read_text()
        options |= set(re.findall(r"^  public var (\w+)", text.split(f"public struct {name}")[1].split("\n}\n")[0], re.MULTILINE))
    assert len(kinds) > 10 and len(options) > 8
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in page] == []
    assert [option for option in sorted(options) if f"| `{option}` |" not in page] == []


def test_an_operator_sees_jobs_and_leaves_a_finished_one_as_it_is(server):
    job = tidied(server, 1)[0]["id"]
    expected = {"accounts.expired.forget", "accounts.notices.forget", "gallery.answers.forget", "gallery.files.tidy"}
    schedules, deadline = set(), time.monotonic() + 120
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


def in_state(server, state, *ids):
    """Those jobs that look through files, once all of them are in a state, in the order of their ids."""
    def look():
        found = {entry["id"]: entry for entry in entries(server, "--kind", "gallery.files.tidy", "--state", state)}
        return [found[job] for job in ids] if set(ids) <= set(found) else None
    return eventually(look, lambda: jobs(server, "list").stdout)


# Fails when a retry keeps the attempts of before: seen 2 of 1.
def test_an_operator_runs_dead_jobs_again(server):
    tidied(server, 1)
    dead = [insert_job_of_silent_node(server, "gallery", "gallery.files.tidy") for _ in range(2)]
    in_state(server, "dead", *dead)

    assert done(server, "jobs", "retry", dead[0]) == f"{dead[0]} runs again\n"
    first = in_state(server, "finished", dead[0])[0]
    assert done(server, "jobs", "retry", "--dead", "--kind", "gallery.files.tidy") == "1 jobs run again\n"
    second = in_state(server, "finished", dead[1])[0]

    assert [job["attempts"] for job in (first, second)] == [1, 1]
    assert "gone:1" not in (first["node"], second["node"])


def test_an_operator_calls_a_waiting_job_off_and_runs_it_after_all(server):
    waiting = insert_job(server, "gallery", "gallery.files.tidy", run_at="tomorrow")
    assert done(server, "jobs", "cancel", waiting) == f"{waiting} is cancelled\n"
    cancelled = in_state(server, "cancelled", waiting)[0]
    assert cancelled["attempts"] == 0 and cancelled["ended_at"]
    assert "no job" in jobs(server, "cancel", waiting).stderr

    assert done(server, "jobs", "retry", waiting) == f"{waiting} runs again\n"

    # Due tomorrow, it ran now.
    assert in_state(server, "finished", waiting)[0]["attempts"] == 1


@pytest.mark.parametrize("arguments, reason", [
    (("show", "nonsense"), "not the id of a job"), (("retry",), "--dead"),
    (("list", "--state", "lost"), "queued, running, finished, cancelled, dead"),
    (("list", "--context", "shop"), "accounts, gallery"), (("list", "--limit", "0"), "from 1 on"),
    (("cancel", "01900000-0000-7000-8000-000000000000"), "no job 01900000"),
])
def test_what_is_wrong_is_named(server, arguments, reason):
    result = jobs(server, *arguments)
    assert result.returncode != 0 and reason in result.stderr
