"""The server is killed at every step of delivering an event, and of deleting what a departed member posted.

A member with two pictures leaves; the event goes from Accounts to Gallery, which deletes the pictures, and to Search.
Wherever the server dies in the delivery to either, the next one goes on: the pictures and their files are gone, those
of others are there, search knows nothing of the member, nothing is put aside and nothing waits.
"""

import shutil
import time

import pytest
from pictures import png
from test_killed_anywhere import WAIT_SECONDS, World, all_points
from test_operating import sql

POINTS = [name for name in all_points() if name.startswith(("events.", "gallery.depart"))]
# In the delivery to whom: the job that deletes is Gallery's.
CASES = [(name, consumer) for name in POINTS for consumer in ("gallery", "search")
         if consumer == "gallery" or name.startswith("events.")]
# After these the event has taken effect.
READ = {"events.batchCommitted", "gallery.departedPostsDeleted", "gallery.departureCommitted"}


@pytest.fixture(scope="module")
def world(new_artel):
    world = World(new_artel(), ARTEL_RATE_FACTOR="1000", ARTEL_DEPARTURE_DAYS="0")
    yield world
    shutil.rmtree(world.crash_file.parent)


def test_there_are_points():
    assert len(POINTS) == 7


def subscription(world, consumer):
    return sql(world.server, consumer, f"""
        select (epoch, xid, entry_id) from events.subscriptions
        where consumer = '{consumer}' and source = 'accounts'""")


def move(world, consumers, epochs):
    """Puts consumers behind what is yet to come in the log of accounts, so that they find nothing there; or back."""
    for consumer in consumers:
        sql(world.server, consumer, f"""
            update events.subscriptions set epoch = epoch + {epochs}
            where consumer = '{consumer}' and source = 'accounts'""")


def found(world, member):
    """What search knows of a member."""
    status, page = world.call("GET", f"/api/search?author={member}&limit=100")
    assert status == 200, page
    return page["items"]


@pytest.mark.parametrize("point, consumer", CASES)
def test_a_departure_is_completed_wherever_the_server_is_killed(world, point, consumer):
    name = f"{consumer}_{point.split('.')[1].lower()}"
    token = world.server.new_member(name)
    for seed in (11, 12):
        status, post = world.server.api("POST", "/api/posts", token=token, form={
            "title": name, "is_public": "true", "image": png(640, 480, seed=seed)})
        assert status == 201
    member = post["author"]["id"]
    # Otherwise the server may die of what others do about the pictures, before it was asked for the departure.
    assert world.server.unsettled_events(WAIT_SECONDS) == []
    assert len(found(world, member)) >= 2
    # Otherwise it dies of the delivery to whoever comes first. Seen: with all of them moved it does not die at all.
    others = {lag["consumer"] for lag in world.server.events()["consumers"] if lag["source"] == "accounts"} - {consumer}
    move(world, others, 1000)
    before = subscription(world, consumer)

    try:
        world.dies(f"{point} 1", lambda: world.server.api(
            "DELETE", "/api/members/me", {"password": f"correct horse {name}"}, token=token))
        assert (subscription(world, consumer) != before) == (point in READ)
    finally:
        move(world, others, -1000)
    world.server.start()

    deadline = time.monotonic() + WAIT_SECONDS
    while world.titles() != ["Kept"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert world.titles() == ["Kept"]
    world.expect_files_to_match_rows()
    assert world.server.api("POST", "/api/sessions", {
        "login": name, "password": f"correct horse {name}"})[0] == 401
    world.expect_search_to_match_posts()
    assert found(world, member) == []
