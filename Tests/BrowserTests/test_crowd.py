"""`artel demo --scale`: makes a crowd once, among strangers only when forced, and begins anew what was broken off."""

import os
import signal
import subprocess

import pytest
from server import ROOT

SIZE = "members=40,posts=300,votes=900"
PASSWORD = "three-quiet-otters"


@pytest.fixture
def crowd(new_artel):
    return new_artel(ARTEL_RATE_FACTOR="100")


def make(server, size=SIZE, *options):
    return server.command("demo", f"--scale={size}", *options)


def count(server, path, token=None):
    total, after = 0, ""
    while after is not None:
        status, page = server.api("GET", f"{path}limit=100{after and f'&after={after}'}", token=token)
        assert status == 200, page
        total, after = total + len(page["items"]), page["next"]
    return total


def token(server, username):
    status, answer = server.api("POST", "/api/sessions", {"login": username, "password": PASSWORD})
    assert status == 201, answer
    return answer["access_token"]


def test_a_crowd_is_served_and_its_files_are_sound(crowd):
    made = make(crowd)
    assert made.returncode == 0, made.stderr
    assert "300 posts, 900 votes" in made.stderr and "sign in as crowd1" in made.stderr

    crowd.start()
    assert 250 < count(crowd, "/api/posts?") < 300
    mine = token(crowd, "crowd1")
    assert count(crowd, "/api/posts?author=crowd1&", mine) >= count(crowd, "/api/posts?author=crowd1&") > 0
    assert count(crowd, "/api/posts?feed=home&", mine) > 0
    checked = crowd.command("storage", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "orphans: 0" in checked.stdout

    # The server has the data: nothing is made beside it.
    assert make(crowd).returncode == 75
    crowd.stop()
    again = make(crowd)
    assert again.returncode == 0 and "here already" in again.stderr
    other = make(crowd, "members=50")
    assert other.returncode == 1 and "a crowd of 40 members" in other.stderr


def test_people_who_signed_up_are_not_mixed_with_a_crowd_unless_it_is_forced(crowd):
    crowd.start()
    status, answer = crowd.api("POST", "/api/members", {
        "username": "olga", "email": "olga@artel.example", "password": "correct horse olga"})
    assert status == 201, answer
    crowd.stop()

    refused = make(crowd)
    assert refused.returncode == 1 and "people have signed up here" in refused.stderr
    forced = make(crowd, SIZE, "--force")
    assert forced.returncode == 0, forced.stderr


@pytest.mark.parametrize("size", [
    "members", "members=ten", "posts=-1", "birds=3", "members=5", "members=10,posts=10,votes=26", "votes=1e3"])
def test_a_wrong_size_is_refused(crowd, size):
    result = make(crowd, size)
    assert result.returncode == 64 and "--scale is not valid" in result.stderr, result.stderr


def test_forcing_is_of_a_crowd_only(crowd):
    result = crowd.command("demo", "--force")
    assert result.returncode == 64 and "--force goes with --scale" in result.stderr


@pytest.mark.parametrize("step", ["picture", "votes", "albums and reports"])
def test_a_crowd_that_is_killed_is_begun_anew(new_artel, step):
    # The last step is short: where it was over before the kill came, it is tried again.
    for _ in range(5):
        crowd = new_artel(ARTEL_RATE_FACTOR="100")
        if killed_at(step, crowd) == -signal.SIGKILL:
            break
    else:
        raise AssertionError("the crowd was made before it could be killed")

    made = make(crowd)
    assert made.returncode == 0, made.stderr
    assert "40 accounts" not in made.stderr
    crowd.start()
    assert 250 < count(crowd, "/api/posts?") < 300
    checked = crowd.command("storage", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def killed_at(step, crowd):
    """Kills what makes a crowd when it says that it has come to a step; returns how it ended."""
    command = [crowd.binary, "demo", f"--scale={SIZE}", "--data", crowd.data]
    environment = os.environ | {"ARTEL_SHARE": str(ROOT / "share")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment) as making:
        for line in making.stderr:
            if step == "picture" and "300 posts" in line or line.strip() == f"demo:   {step}":
                making.send_signal(signal.SIGKILL)
                break
    return making.returncode
