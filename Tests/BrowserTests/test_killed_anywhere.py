"""The server is killed at every step of publishing, changing and deleting a post, and of clearing up after that.

The points are those that the debug build lists, so a new one is tested, and fails here while nothing reaches it.
After each: the post is whole or was never there, every row has its files, every file its row, what happened was told
and nothing else, and a client that tries again succeeds.

Fails without Installation.removeOrphans: 37 of 42, as files stay that no row names. Fails without BlobStore.sweep:
41 of 42, as halves of uploads stay.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest
from pictures import png
from server import ROOT, unfinished_uploads

BINARY = ROOT / ".build" / "debug" / "artel"
# A job of a killed server goes on when its hold is over, after 30 s.
WAIT_SECONDS = 240
KILLED = -9
CHANGING = {"gallery.postChanged", "gallery.changeCommitted"}
TRASHING = {"gallery.postTrashed", "gallery.trashingCommitted"}
# In the job that deletes for good, which goes on after the start.
ERASING = {"gallery.postErased", "gallery.erasureCommitted", "gallery.filesRemoved", "blob.removed"}
# What is sent in pieces comes there, and nothing else.
IN_PIECES = {"blob.partWritten", "blob.partSynced", "blob.partRemoved"}
# After these the change has happened, although nobody was told.
DONE = {"gallery.postCommitted", "gallery.changeCommitted", "gallery.trashingCommitted", "blob.partRemoved"} | ERASING
# Reached by a start that clears up; before the comma, where to kill to have something to clear up.
AT_START = {"blob.leftoverRemoved": "gallery.postComplete 1", "blob.orphansFound": "gallery.copyStored 3"}


def all_points():
    return subprocess.run([BINARY, "crash-points"], text=True, capture_output=True, check=True).stdout.split()


def points():
    """`point visit`: what a post goes through for every file is stopped at several files."""
    for name in all_points():
        if name.startswith(("events.", "gallery.depart", "import.")):
            # Come to after the answer: test_killed_while_delivering.py. Or in a command: test_import.py.
            continue
        visits = [1]
        # A picture of 640 × 480 has two smaller copies; the two larger ones are one more file.
        if name in ("blob.written", "blob.synced", "blob.shardMade", "blob.renamed", "blob.shelved"):
            visits = [1, 2, 4]
        elif name in ("gallery.copyStored", "blob.removed"):
            visits = [1, 4]
        if name not in AT_START:
            yield from (f"{name} {visit}" for visit in visits)


class World:
    """One server that dies at will, with one post that nothing here may harm."""

    def __init__(self, server, **environment):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="artel-crash-"))
        # Also a server that gave up root must be able to read in it.
        folder.chmod(0o755)
        self.crash_file = folder / "point"
        self.server = server
        server.environment = {"ARTEL_CRASH_FILE": str(self.crash_file)} | environment
        server.start()
        self.token = server.new_member("grace")
        self.signed_in_at = time.monotonic()
        self.kept = self.publish("Kept", seed=1)[1]

    def call(self, *arguments, **options):
        if time.monotonic() - self.signed_in_at > 240:
            status, answer = self.server.api(
                "POST", "/api/sessions", {"login": "grace", "password": "correct horse grace"})
            assert status in (200, 201), answer
            self.token, self.signed_in_at = answer["access_token"], time.monotonic()
        return self.server.api(*arguments, token=self.token, **options)

    def publish(self, title, seed):
        return self.call("POST", "/api/posts", form={
            "title": title, "is_public": "true", "image": png(640, 480, seed=seed)})

    def tus(self, method, path, headers, piece=None):
        """(status, headers) of one request by tus."""
        headers = {"authorization": f"Bearer {self.token}", "tus-resumable": "1.0.0"} | headers
        if piece is not None:
            headers["content-type"] = "application/offset+octet-stream"
        request = urllib.request.Request(self.server.address + path, piece, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return response.status, response.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers

    def publish_in_pieces(self, title, seed):
        picture = png(640, 480, seed=seed)
        path = self.tus("POST", "/api/uploads", {"upload-length": str(len(picture))})[1]["location"]
        assert self.tus("PATCH", path, {"upload-offset": "0"}, picture)[0] == 204
        return self.call("POST", "/api/posts", {"title": title, "uploads": [path.rsplit("/", 1)[1]]})

    def posts(self):
        status, page = self.server.api("GET", "/api/posts?limit=100")
        assert status == 200, page
        return page["items"]

    def titles(self):
        return sorted(post["title"] for post in self.posts())

    def dies(self, point, act):
        """Lets an act come to a point; returns when the server is dead."""
        self.crash_file.write_text(point)
        try:
            act()
        except OSError:
            pass
        assert self.server.process.wait(WAIT_SECONDS) == KILLED, f"nothing comes to {point}"
        self.crash_file.unlink()

    def files_of(self, post):
        """The digests of what the addresses of a post are answered with."""
        folder = post["cover"]["image_url"].rsplit("/", 1)[0]
        names = [post["cover"]["image_url"].rsplit("/", 1)[1], "160.webp", "480.webp", "960.webp", "1600.webp"]
        digests = set()
        for name in names:
            with urllib.request.urlopen(f"{self.server.address}{folder}/{name}", timeout=60) as response:
                digests.add(hashlib.sha256(response.read()).hexdigest())
        return digests

    def stored_files(self):
        """The digests by which files are stored, each of them checked."""
        found = set()
        for folder, _, names in os.walk(pathlib.Path(self.server.data) / "blobs" / "blobs"):
            for name in names:
                try:
                    content = (pathlib.Path(folder) / name).read_bytes()
                except FileNotFoundError:
                    continue
                assert hashlib.sha256(content).hexdigest() == name
                found.add(name)
        return found

    def expect_files_to_match_rows(self):
        """Every post with all its files at once; nothing else as soon as the server has compared."""
        named = set().union(*(self.files_of(post) for post in self.posts()))
        assert unfinished_uploads(self.server.data) == []
        deadline = time.monotonic() + WAIT_SECONDS
        while (stored := self.stored_files()) != named and time.monotonic() < deadline:
            time.sleep(0.05)
        assert stored == named

    def expect_search_to_match_posts(self):
        """Search knows of posts from events alone: it finds each as it is now, and nothing that was undone.

        Fails when the event of a committed post is deleted before the start: seen the post missing. Fails with an
        event of a post that is not there: seen that one found.
        """
        assert self.server.unsettled_events(WAIT_SECONDS) == []
        # Without words it finds everything of an author.
        status, page = self.call("GET", f"/api/search?author={self.kept['author']['id']}&kind=post&limit=100")
        assert status == 200, page
        found = {(hit["id"], "".join(part["text"] for part in hit["title"])) for hit in page["items"]}
        assert found == {(post["id"], post["title"]) for post in self.posts()}

    def clear(self):
        for post in self.posts():
            if post["id"] != self.kept["id"]:
                assert self.call("DELETE", f"/api/posts/{post['id']}")[0] == 204
        for post in self.call("GET", "/api/trash?limit=100")[1]["items"]:
            assert self.call("DELETE", f"/api/trash/{post['id']}")[0] == 204
        self.expect_files_to_match_rows()


@pytest.fixture(scope="module")
def world(new_artel):
    world = World(new_artel())
    yield world
    shutil.rmtree(world.crash_file.parent)


@pytest.mark.parametrize("point", list(points()))
def test_a_post_is_whole_or_absent_wherever_the_server_is_killed(world, point):
    name = point.split()[0]
    if name in CHANGING:
        post = world.publish("Before", seed=2)[1]
        path = f"/api/posts/{post['id']}"

        def act():
            return world.call("PATCH", path, {"title": "After"})

        expected = "After" if name in DONE else "Before"
    elif name in TRASHING | ERASING:
        post = world.publish("Before", seed=2)[1]
        path = f"/api/posts/{post['id']}"
        if name in ERASING:
            assert world.call("DELETE", path)[0] == 204
            path = f"/api/trash/{post['id']}"

        def act():
            return world.call("DELETE", path)

        expected = None if name in DONE else "Before"
    elif name in IN_PIECES:

        def act():
            return world.publish_in_pieces("After", seed=2)

        expected = "After" if name in DONE else None
    else:

        def act():
            return world.publish("After", seed=2)

        expected = "After" if name in DONE else None

    world.dies(point, act)
    world.server.start()

    assert world.titles() == sorted({"Kept", expected} - {None})
    world.expect_search_to_match_posts()
    if name not in TRASHING:
        world.expect_files_to_match_rows()
    again = act()[0]
    gone = TRASHING | ERASING
    assert again == (404 if name in gone & DONE else 204 if name in gone else 200 if name in CHANGING else 201)
    world.clear()


# What was stored every mebibyte on the way counts; what was written behind that does not.
@pytest.mark.parametrize("point, acknowledged", [
    ("blob.partWritten 1", 0), ("blob.partWritten 6", 1 << 20), ("blob.partSynced 1", 0), ("blob.partSynced 3", 2 << 20)])
def test_an_upload_goes_on_at_what_was_acknowledged_wherever_the_server_is_killed(world, point, acknowledged):
    content = os.urandom(3_500_000)
    path = world.tus("POST", "/api/uploads", {"upload-length": str(len(content))})[1]["location"]

    world.dies(point, lambda: world.tus("PATCH", path, {"upload-offset": "0"}, content))
    world.server.start()

    offset = int(world.tus("HEAD", path, {})[1]["upload-offset"])
    # Each time a little more than a mebibyte counts, as the network brings it.
    assert acknowledged <= offset <= acknowledged // 3 * 4
    assert world.tus("PATCH", path, {"upload-offset": str(offset)}, content[offset:])[0] == 204
    file = pathlib.Path(world.server.data) / "blobs" / "partial" / "gallery" / path.rsplit("/", 1)[1]
    assert file.read_bytes() == content
    assert world.tus("DELETE", path, {})[0] == 204
    assert not file.exists()


def test_files_that_another_post_shares_outlive_a_kill(world):
    world.dies("gallery.postComplete 1", lambda: world.publish("Twin", seed=1))
    world.server.start()

    assert world.titles() == ["Kept"]
    world.expect_files_to_match_rows()
    world.expect_search_to_match_posts()


@pytest.mark.parametrize("point", [f"{name} 1" for name in AT_START] + ["blob.removed 1", "blob.removed 3"])
def test_a_start_killed_while_it_clears_up_is_made_good_by_the_next(world, point):
    before = AT_START.get(point.split()[0], "gallery.postComplete 1")
    world.dies(before, lambda: world.publish("Victim", seed=3))
    world.dies(point, world.server.launch)
    world.server.start()

    assert world.titles() == ["Kept"]
    world.expect_files_to_match_rows()


def test_every_point_that_only_a_start_comes_to_exists():
    assert set(AT_START) | CHANGING | TRASHING | DONE | IN_PIECES <= set(all_points())
