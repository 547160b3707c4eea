"""Everything of an image host is brought by command: ugly rows, broken off at every place, and twice.

imagehost.sql is the host. The marks in it say what must become of each row.
"""

import functools
import http.server
import json
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import threading
import zlib

import pytest
from pictures import png
from test_operating import settled, sql
from test_own_server import PROGRAMS, OwnServer

SQL = pathlib.Path(__file__).with_name("imagehost.sql")
# What does not depend on when and in how many parts it was brought, by context.
STATE = {
    "accounts": [
        # Who shows a picture has changed when it was brought.
        "select id, username, display_name, email, bio, email_verified_at, created_at, avatar_large, version,"
        " case when avatar_large is null then updated_at end from members",
        "select follower_id, following_id, created_at from follows",
        "select kind, source_id from imports.things",
        "select name, count(*) from events.outbox_entries where name in ('accounts.member.joined',"
        " 'accounts.member.followed') group by 1",
        "select count(*) from notices where app = 'gallery' or kind = 'member.followed'",
    ],
    "gallery": [
        # A time that was none is that of the run.
        "select id, author_id, title, description, upvotes, downvotes, picture_count,"
        " case when created_at < '2021-01-01' then (created_at, updated_at) end from posts",
        "select post_id, digest, bytes from pictures",
        "select picture.post_id, size, small.digest"
        " from thumbnails small join pictures picture on picture.id = picture_id",
        "select id, post_id, author_id, text, upvotes, downvotes, created_at from comments",
        "select member_id, post_id, comment_id, type, updated_at from votes",
        "select post_id, name, is_listed from post_tags join tags on tags.id = tag_id",
        "select name, slug, post_count from tags",
        "select id, owner_id, name, visibility, created_at from albums",
        "select album_id, post_id, position, is_cover from album_posts",
        "select member_id, used_bytes from member_usages",
        "select kind, source_id from imports.things",
        "select name, count(*) from events.outbox_entries group by 1",
        "select count(*) from vote_deltas",
    ],
}

# Where runs are broken off, one after the other: members, follows, a picture of a member, posts, what belongs to them.
POINTS = [
    "import.batchRead 1", "import.batchCommitted 1", "import.batchCommitted 2", "blob.renamed 1", "blob.shelved 4",
    "import.batchRead 5", "gallery.copyStored 2", "import.batchCommitted 5", "import.batchRead 6",
    "import.batchCommitted 6", "import.batchRead 7", "import.batchCommitted 7", "import.batchCommitted 8",
    "import.batchRead 9", "import.batchCommitted 9"]


def huge_png():
    """A header of 30,000 × 30,000 pixels and next to nothing behind it."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))


class Host:
    """The old host: a database and a folder of files."""

    def __init__(self):
        self.server = OwnServer()
        self.server.sql("create database imagehost encoding 'UTF8' locale 'C.UTF-8' template template0")
        self.address = f"postgres://operator:secret@127.0.0.1:{self.server.port}/imagehost"
        subprocess.run([PROGRAMS / "psql", "-qX", "-v", "ON_ERROR_STOP=1", self.address, "-f", SQL], check=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="artel-imagehost-"))
        self.files = self.folder / "files"
        (self.files / "uploads").mkdir(parents=True)
        (self.files / "uploads" / "a.png").write_bytes(png(320, 240, seed=1))
        (self.files / "uploads" / "b c.png").write_bytes(png(320, 240, seed=2))
        (self.files / "a.png").write_bytes(png(320, 240, seed=3))
        (self.files / "text.jpg").write_text("no picture")
        (self.files / "huge.png").write_bytes(huge_png())
        (self.folder / "outside.png").write_bytes(png(320, 240, seed=4))
        (self.files / "link.png").symlink_to(self.folder / "outside.png")
        for path in [self.folder, *self.folder.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else 0o644)

    def rows(self, query):
        return subprocess.run([PROGRAMS / "psql", "-qXAt", self.address, "-c", query], check=True, text=True,
                              capture_output=True).stdout.strip()

    def bring(self, artel, *files, **environment):
        """One run of the command, of everything in the folder by default."""
        places = files or (str(self.files),)
        return artel.command("import", "imagehost", *(word for place in places for word in ("--files", place)),
                             ARTEL_IMPORT_FROM=self.address, **environment)

    def remove(self):
        self.server.remove()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def host():
    host = Host()
    yield host
    host.remove()


def state(artel):
    """What is in the databases, in an order."""
    return {
        f"{context}: {query}": sorted(sql(artel, context, query).splitlines())
        for context, queries in STATE.items() for query in queries}


def reasons(report):
    """`{(kind, outcome, reason): number}` out of what the command printed."""
    found, kind = {}, None
    for line in report.splitlines():
        if match := re.match(r"(\w+): \d+ read", line):
            kind = match[1]
        elif match := re.match(r"  (refused|changed), (\w+): (\d+)$", line):
            found[kind, match[1], match[2]] = int(match[3])
    return found


@pytest.fixture(scope="module")
def brought(host, new_artel):
    """A server beside which everything was brought, and what the command said."""
    artel = new_artel(ARTEL_RATE_FACTOR="100").start()
    result = host.bring(artel)
    assert result.returncode == 2, result.stderr
    settled(artel)
    return artel, result


def test_the_report_says_what_was_not_taken_and_why(brought):
    _, result = brought
    found = reasons(result.stdout)
    assert {key: number for key, number in found.items() if key[1] == "refused"} == {
        ("avatar", "refused", "file_missing"): 1, ("avatar", "refused", "file_outside"): 1,
        ("avatar", "refused", "picture_unsupported_type"): 1,
        ("follow", "refused", "double"): 1, ("follow", "refused", "oneself"): 1,
        ("follow", "refused", "member_missing"): 2,
        ("tag", "refused", "name_empty"): 1, ("tag", "refused", "name_too_long"): 1,
        ("post", "refused", "file_missing"): 5, ("post", "refused", "file_outside"): 2,
        ("post", "refused", "picture_unsupported_type"): 1, ("post", "refused", "picture_too_many_pixels"): 1,
        ("post", "refused", "member_missing"): 1,
        ("comment", "refused", "text_empty"): 2, ("comment", "refused", "post_missing"): 2,
        ("comment", "refused", "member_missing"): 1,
        ("vote", "refused", "double"): 2, ("vote", "refused", "no_target"): 1, ("vote", "refused", "two_targets"): 1,
        ("vote", "refused", "member_missing"): 1, ("vote", "refused", "post_missing"): 1,
        ("vote", "refused", "comment_missing"): 1, ("vote", "refused", "type_unknown"): 1,
        ("album", "refused", "member_missing"): 1,
        ("album_post", "refused", "not_own"): 1, ("album_post", "refused", "post_missing"): 1,
        ("album_post", "refused", "album_missing"): 2,
    }
    assert found["member", "changed", "username_changed"] == 5
    assert found["member", "changed", "password_unusable"] == 2
    assert found["post", "changed", "counter_differs"] == 3
    assert found["post", "changed", "visibility_unknown"] == 1
    assert found["post", "changed", "tags_cut"] == 1
    path = pathlib.Path(re.search(r"All remarks are in (.+)$", result.stdout)[1])
    lines = path.read_text().splitlines()
    assert lines[0] == "kind\tid\toutcome\treason\tdetail"
    assert len(lines) == 1 + sum(found.values())
    assert all(line.count("\t") == 4 for line in lines)


def test_members_sign_in_with_their_old_password_which_is_rehashed(brought):
    artel, _ = brought
    assert sql(artel, "accounts", "select left(password_hash, 4) from members where username = 'ivan'") == "$2a$"
    for password, expected in [("U*V", 401), ("U*U", 201), ("U*U", 201), ("U*V", 401)]:
        status, _ = artel.api("POST", "/api/sessions", {"login": "ivan", "password": password})
        assert status == expected
    assert sql(artel, "accounts", "select left(password_hash, 9) from members where username = 'ivan'") == "$argon2id"
    status, _ = artel.api("POST", "/api/sessions", {"login": "shalom@example.org", "password": "correct horse battery"})
    assert status == 201


def test_everything_is_where_it_belongs(brought, host):
    artel, _ = brought
    assert int(sql(artel, "accounts", "select count(*) from members")) == 6
    post = host.rows("select p(1)")
    status, answer = artel.api("GET", f"/api/posts/{post}")
    assert status == 200 and answer["title"] == "A teapot for samovars" and answer["description"] == "Line\ntwo"
    assert (answer["upvotes"], answer["downvotes"]) == (1, 2) and answer["views"] in (41, 42)
    assert sorted(tag["name"] for tag in answer["tags"]) == ["tea pots", "Чай"]
    assert answer["created_at"].startswith("2020-01-12T12:00:00.123")
    status, found = artel.api("GET", "/api/search?q=teapot")
    assert status == 200 and post in json.dumps(found)
    album = host.rows("select a(1)")
    assert sql(artel, "gallery", f"select post_id, is_cover from album_posts where album_id = '{album}' order by position") \
        == "\n".join([f"{host.rows('select p(2)')}|t", f"{post}|f"])
    for number in (2, 4):
        status, _ = artel.api("GET", f"/api/posts/{host.rows(f'select p({number})')}")
        assert status == 404
    status, following = artel.api("GET", "/api/members/ivan/following")
    assert status == 200 and [entry["display_name"] for entry in following["items"]] == ["Ольга Щ."]
    assert sql(artel, "accounts", "select count(*) from notices where kind <> 'session.started'") == "0"


def test_a_second_run_changes_nothing(brought, host):
    artel, first = brought
    before = state(artel)
    result = host.bring(artel)
    assert result.returncode == 2, result.stderr
    assert state(artel) == before
    assert re.search(r"^member: 6 read, 0 taken, 6 here before, 0 refused", result.stdout, re.MULTILINE)


def test_what_was_missing_is_taken_by_the_next_run(brought, host):
    artel, _ = brought
    before = int(sql(artel, "gallery", "select count(*) from album_posts"))
    (host.files / "uploads" / "missing.png").write_bytes(png(320, 240, seed=5))
    try:
        assert host.bring(artel).returncode == 2
    finally:
        (host.files / "uploads" / "missing.png").unlink()
    post = host.rows("select p(5)")
    status, answer = artel.api("GET", f"/api/posts/{post}")
    assert status == 200 and answer["upvotes"] == 1
    assert int(sql(artel, "gallery", "select count(*) from album_posts")) == before + 1


def test_broken_off_anywhere_and_run_again_it_ends_like_one_run(host, new_artel):
    whole, broken = new_artel(), new_artel()
    assert host.bring(whole).returncode == 2
    crash_file = pathlib.Path(tempfile.mkdtemp(prefix="artel-crash-"), "point")
    crash_file.parent.chmod(0o755)
    for point in POINTS:
        crash_file.write_text(point)
        crash_file.chmod(0o644)
        result = host.bring(broken, ARTEL_CRASH_FILE=str(crash_file))
        assert result.returncode == -9, (point, result.stderr)
    assert host.bring(broken).returncode == 2
    states = []
    for artel in (whole, broken):
        artel.start()
        settled(artel)
        states.append(state(artel))
        artel.stop()
    assert states[0] == states[1]


def test_nothing_inside_is_fetched_unless_the_operator_says_so(host, new_artel):
    """Fails with a fetcher that admits every address: the inner site was asked."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *arguments):
            pass

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=host.files))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        artel = new_artel()
        address = f"http://127.0.0.1:{site.server_port}"
        refused = host.bring(artel, address)
        assert refused.returncode == 2 and asked == []
        assert reasons(refused.stdout)["post", "refused", "file_unreachable"] > 0
        taken = host.bring(artel, address, ARTEL_FETCH_FROM="anywhere")
        assert taken.returncode == 2 and "/uploads/a.png" in asked
        assert re.search(r"^post: 14 read, 4 taken", taken.stdout, re.MULTILINE)
    finally:
        site.shutdown()


def test_what_is_no_image_host_is_refused(host, new_artel):
    artel = new_artel()
    nothing = artel.command("import", "imagehost", "--from",
                            f"postgres://operator:secret@127.0.0.1:{host.server.port}/postgres")
    assert nothing.returncode == 1 and "there is no table Users" in nothing.stderr
    nobody = artel.command("import", "imagehost", "--from", "postgres://nobody:x@127.0.0.1:1/none")
    assert nobody.returncode == 1 and nobody.stderr
    missing = artel.command("import", "imagehost")
    assert missing.returncode == 64 and "--from" in missing.stderr
    folder = artel.command("import", "imagehost", "--from", host.address, "--files", "/nowhere/at/all")
    assert folder.returncode == 64 and "--files" in folder.stderr
    assert "secret" not in nothing.stderr + nobody.stderr
