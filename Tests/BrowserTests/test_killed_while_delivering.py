"""The server is killed at every step of delivering an event, and of deleting what a departed member posted.

A member with two pictures leaves; the event goes from Accounts to Gallery, which deletes the pictures. Wherever the
server dies, the next one goes on: the pictures and their files are gone, those of others are there, nothing is put
aside and nothing waits.
"""

import json
import os
import shutil
import subprocess
import time

import pytest
from pictures import png
from server import ROOT
from test_killed_anywhere import WAIT_SECONDS, World, all_points

POINTS = [name for name in all_points() if name.startswith(("events.", "gallery.depart"))]


@pytest.fixture(scope="module")
def world(new_artel):
    world = World(new_artel(), ARTEL_RATE_FACTOR="1000", ARTEL_DEPARTURE_DAYS="0")
    yield world
    shutil.rmtree(world.crash_file.parent)


def test_there_are_points():
    assert len(POINTS) == 7


@pytest.mark.parametrize("point", POINTS)
def test_a_departure_is_completed_wherever_the_server_is_killed(world, point):
    name = "ada_" + point.split(".")[1].lower()
    token = world.server.new_member(name)
    for seed in (11, 12):
        status, _ = world.server.api("POST", "/api/posts", token=token, form={
            "title": name, "is_public": "true", "image": png(640, 480, seed=seed)})
        assert status == 201
    # Otherwise the server may die of what others do about the pictures, before it was asked for the departure.
    assert settled(world.server) == []

    world.dies(f"{point} 1", lambda: world.server.api(
        "DELETE", "/api/members/me", {"password": f"correct horse {name}"}, token=token))
    world.server.start()

    deadline = time.monotonic() + WAIT_SECONDS
    while world.titles() != ["Kept"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert world.titles() == ["Kept"]
    world.expect_files_to_match_rows()
    assert world.server.api("POST", "/api/sessions", {
        "login": name, "password": f"correct horse {name}"})[0] == 401
    assert settled(world.server) == []


def settled(server):
    """What is still behind or put aside once the server had its time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        printed = subprocess.run(
            [server.binary, "events", "--json", "--data", server.data], capture_output=True, check=True, timeout=30,
            env=os.environ | {"ARTEL_SHARE": str(ROOT / "share")})
        report = json.loads(printed.stdout)
        assert report["consumers"], "nobody reads events"
        rest = [lag for lag in report["consumers"] if lag["events"]] + report["deferred"]
        if not rest or time.monotonic() > deadline:
            return rest
        time.sleep(0.2)
