"""A demo that was killed in the middle is completed by the next start that asks for it, and by no other.

Fails without the mark of FillWithDemo: the next start serves what there is, without a picture, and both tests fail.
"""

import collections
import os
import pathlib
import re
import shutil
import signal
import tempfile
import time

import pytest
from server import START_SECONDS

KILLED = -signal.SIGKILL
DEMO_MEMBERS = 8
DEMO_POSTS = 40
PASSWORD = "three-quiet-otters"


@pytest.fixture
def crash_file():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="artel-demo-"))
    # Also a server that gave up root must be able to read in it.
    folder.chmod(0o755)
    yield folder / "point"
    shutil.rmtree(folder)


@pytest.fixture
def demo(new_artel, crash_file):
    server = new_artel("--demo")
    server.environment = {"ARTEL_CRASH_FILE": str(crash_file)}
    return server


def dies(server, crash_file, point):
    crash_file.write_text(point)
    server.launch()
    assert server.process.wait(START_SECONDS) == KILLED, f"nothing comes to {point}"
    crash_file.unlink()


def posts(server):
    status, page = server.api("GET", "/api/posts?limit=100")
    assert status == 200, page
    return page["items"]


def pictures_painted(server):
    """How many pictures each start so far set out to paint."""
    return [int(number) for number in re.findall(r"demo: painting (\d+) pictures", server.log_text())]


def is_marked(server):
    return os.path.exists(pathlib.Path(server.data) / "demo-unfinished")


def killed_among_members(server):
    server.launch()
    deadline = time.monotonic() + START_SECONDS
    while not is_marked(server):
        assert server.process.poll() is None and time.monotonic() < deadline, server.log_end()
        time.sleep(0.001)
    server.kill()
    # Before the first picture, so before the last member, too.
    assert pictures_painted(server) == []


def test_a_fill_killed_three_times_ends_whole_and_is_not_filled_again(demo, crash_file):
    killed_among_members(demo)
    # One kill in a transaction, one between a commit and what follows it.
    dies(demo, crash_file, "gallery.postComplete 20")
    dies(demo, crash_file, "gallery.postCommitted 10")
    assert is_marked(demo)
    demo.start()

    first, second, third = pictures_painted(demo)
    assert first == DEMO_POSTS
    # Two are made at a time, so the other one may have been committed or not.
    assert 18 <= first - second <= 20
    assert 9 <= second - third <= 11
    shown = posts(demo)
    repeated = [title for title, count in collections.Counter(post["title"] for post in shown).items() if count > 1]
    assert repeated == []
    assert len({post["author"]["username"] for post in shown}) == DEMO_MEMBERS
    times = [post["created_at"] for post in shown]
    assert times == sorted(times, reverse=True)

    # What a member deletes afterwards stays deleted.
    victim = shown[0]
    login = {"login": victim["author"]["username"], "password": PASSWORD}
    token = demo.api("POST", "/api/sessions", login)[1]["access_token"]
    assert demo.api("DELETE", f"/api/posts/{victim['id']}", token=token)[0] == 204
    demo.kill()
    demo.start()
    assert [post["id"] for post in posts(demo)] == [post["id"] for post in shown[1:]]
    assert len(pictures_painted(demo)) == 3
    assert not is_marked(demo)


def test_a_name_that_somebody_took_meanwhile_stays_theirs(new_artel):
    # The last of the demo members, whom the kill comes before: where it was late, it is tried again.
    clara = {"username": "clara", "email": "clara@example.org", "password": "correct horse clara"}
    for _ in range(5):
        demo = new_artel("--demo")
        killed_among_members(demo)
        demo.options = []
        demo.start()
        status, _ = demo.api("POST", "/api/members", clara)
        if status == 201:
            break
        demo.stop()
    assert status == 201
    demo.interrupt()
    assert demo.wait_for_end() == 0

    demo.options = ["--demo"]
    demo.start()
    assert posts(demo) == []
    assert "clara or clara@example.org is somebody else's" in demo.log_text()
    assert not is_marked(demo)
