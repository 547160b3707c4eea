"""Backups that the server takes by itself, into the operator's folder."""

import json
import os
import pathlib
import subprocess
import tempfile

import pytest
from pictures import png
from server import as_owner, eventually


@pytest.fixture(scope="module")
def place():
    folder = tempfile.mkdtemp(prefix="artel-backups-")
    os.chmod(folder, 0o777)
    return pathlib.Path(folder) / "sets"


@pytest.fixture(scope="module")
def settings(place):
    return {"ARTEL_BACKUP_DIRECTORY": str(place), "ARTEL_BACKUP_TIMES": "45 2 * * *", "ARTEL_BACKUP_KEEP": "1"}


@pytest.fixture(scope="module")
def server(new_artel, settings):
    return new_artel(**settings).start()


def comes_due(server, job):
    """Moves a schedule to a minute ago."""
    subprocess.run(
        ["psql", "--host", f"{server.data}/socket", "--username", "accounts", "--dbname", "accounts", "--quiet", "--command",
         f"update jobs.schedules set next_at = now() - interval '1 minute' where name = '{job}'"],
        check=True, timeout=60, **as_owner(server.data))


def schedules(server):
    summary = json.loads(server.command("jobs", "--json").stdout)
    return {entry["name"]: entry["expression"] for context in summary for entry in context["schedules"]}


def test_a_backup_is_taken_when_it_is_time_and_the_oldest_goes(server, settings, place, new_artel):
    token = server.new_member("grace")
    post = server.api("POST", "/api/posts", token=token, form={
        "title": "Kept", "is_public": "true", "image": png(320, 240, seed=4)})[1]
    by_hand = server.command("backup", "--json", **settings)
    assert by_hand.returncode == 0, by_hand.stderr
    first = os.listdir(place)
    assert len(first) == 1

    eventually(lambda: schedules(server).get("accounts.backup.take") == "45 2 * * *", "the schedule")
    comes_due(server, "accounts.backup.take")

    eventually(lambda: "A backup was taken and read back" in server.log_text(), "a newer backup")
    # The line comes last, when the first one is gone.
    assert len(os.listdir(place)) == 1 and os.listdir(place) != first
    newest = place / os.listdir(place)[0]
    restored = server.command("restore", "--from", str(newest), data=tempfile.mkdtemp(prefix="artel-"))
    assert restored.returncode == 0, restored.stderr
    again = new_artel(data=restored.args[-1]).start()
    assert again.api("GET", f"/api/posts/{post['id']}")[1] == post


def test_a_folder_that_cannot_be_written_to_stops_the_start(new_artel):
    server = new_artel(ARTEL_BACKUP_DIRECTORY="/proc/backups")
    server.launch()
    assert server.process.wait(timeout=60) == 64
    assert "ARTEL_BACKUP_DIRECTORY" in server.log_end() and "/proc/backups" in server.log_end()


def test_without_a_folder_the_command_says_what_it_needs(server):
    result = server.command("backup")
    assert result.returncode == 64
    assert "--to" in result.stderr and "ARTEL_BACKUP_DIRECTORY" in result.stderr
