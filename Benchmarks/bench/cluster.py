"""The private cluster of the Artel under measurement, and what it is filled with."""

import pathlib

from processes import Failed, as_artel, output

# One statement for each table; %(posts)d and %(members)d are put in.
MEMBERS = """
insert into members (id, username, display_name, version)
select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'member' || n, 'Member ' || n, 1
from generate_series(1, %(members)d) n
"""
# Ids and times run together, as they do in life: one post a second, the newest now.
POSTS = """
with fresh as (
insert into posts (id, author_id, title, description, cover_id, picture_count,
                   visibility, visibility_token, created_at, updated_at)
select
  (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid,
  ('01900000-0000-7000-8000-' || lpad(to_hex(n %% %(members)d + 1), 12, '0'))::uuid,
  'Winter light over the river, number ' || n,
  'The river at four in the afternoon, seen from the old bridge.',
  ('01900000-0000-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, 'public', substr(encode(sha256(n::text::bytea), 'hex'), 1, 22), at, at
from (select n, now() - (%(posts)d - n) * interval '1 second' as at from generate_series(1, %(posts)d) n) numbered
returning id, cover_id, visibility_token, created_at
)
insert into pictures (id, post_id, position, digest, type, bytes, width, height, created_at, updated_at)
select cover_id, id, 1, sha256(visibility_token::bytea), 'webp', 240000, 4032, 3024, created_at, created_at from fresh
"""

# Forty words, three of them with each post.
TAGS = """
insert into tags (id, name, slug, post_count)
select ('01900000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'word ' || n, 'word-' || n, 1
from generate_series(0, 39) n
"""
POST_TAGS = """
insert into post_tags (post_id, tag_id, is_listed, created_at)
select id, ('01900000-0000-7000-9000-' || lpad(to_hex((place * 7 + which * 13) %% 40), 12, '0'))::uuid, true, created_at
from (select id, created_at, row_number() over () as place from posts limit %(posts)d) numbered, generate_series(0, 2) which
"""


class Cluster:
    """Where the cluster of a data directory can be reached, and how its tools are run."""

    def __init__(self, data):
        self.data = pathlib.Path(data)

    @property
    def postmaster(self):
        return self._ready_lines()[0]

    @property
    def socket(self):
        return self._ready_lines()[4]

    def _ready_lines(self):
        """`postmaster.pid` says where the running server is: process, data, start, port, socket directory, …"""
        command = as_artel(["cat", self.data / "postgres" / "postmaster.pid"])
        return output(command).splitlines()

    def url(self, database, role="postgres"):
        return f"postgresql://{role}@/{database}?host={self.socket}"

    def tool(self, name, *arguments, database="postgres", **options):
        """Runs one of PostgreSQL's programs as the superuser; returns what it printed."""
        path = newest_tool(name)
        where = ["-h", self.socket, "-U", "postgres"]
        return output(as_artel([path, *where, *arguments, database]), **options)

    def sql(self, statement, database="gallery"):
        return self.tool("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement, database=database).strip()

    def version(self):
        return self.sql("show server_version")

    def fill(self, posts, members):
        """The rows that lists and single reads are measured on."""
        sizes = {"posts": posts, "members": members}
        for statement in (MEMBERS, POSTS, TAGS, POST_TAGS):
            self.sql(statement % sizes)
        self.sql("vacuum (analyze, freeze) posts")
        self.sql("vacuum (analyze, freeze) pictures")
        self.sql("vacuum (analyze, freeze) members")
        self.sql("vacuum (analyze, freeze) tags")
        self.sql("vacuum (analyze, freeze) post_tags")
        self.sql("checkpoint")

    def make_pgbench(self, scale):
        """pgbench's own tables, 100,000 accounts for each unit of `scale`."""
        self.sql("create database pgbench", database="postgres")
        self.tool("pgbench", "-i", "-q", "-s", str(scale), database="pgbench")
        self.sql("checkpoint", database="pgbench")

    def signing_key(self):
        """The private scalar, in hexadecimal, of the key that signs access tokens now."""
        return self.sql(
            "select encode(private_key, 'hex') from signing_keys where retired_at is null", database="accounts")


def newest_tool(name):
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: float(p.parts[4]))
    if not found:
        raise Failed(f"{name} is not installed; bin/setup --for bench installs it")
    return found[-1]
