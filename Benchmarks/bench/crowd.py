"""An installation of its own with the crowd of `artel demo --scale`: how long its lists take, and its votes."""

import hashlib
import json
import os
import subprocess
import time
import urllib.parse

from cluster import Cluster
from load import wrk
from machine import ROOT
from processes import ARTEL, Failed, Server

PASSWORD = "three-quiet-otters"
FOLLOWS_MOST = "select follower_id from follows group by 1 order by count(*) desc limit 1"
FOLLOWED_MOST = "select following_id from follows group by 1 order by count(*) desc limit 1"
# What was measured, without the rounds that the server makes by itself and the questions of this program.
STATEMENTS = """
select coalesce(sum(total_exec_time), 0), coalesce(sum(calls), 0) from pg_stat_statements
where query not like '%pg_stat_statements%' and query !~ 'vote_deltas\\)$' and query !~* '^(begin|commit)'
  and query !~ '(jobs|events|realtime|uploads)\\.'
"""
UNCOUNTED = """
select count(*) from posts where (upvotes, downvotes) <> (
  select count(*) filter (where type = 'upvote'), count(*) filter (where type = 'downvote')
  from votes where post_id = posts.id) and id = any('{%s}')
"""


class Crowd:
    """The installation; made when it is first asked for, which takes minutes."""

    def __init__(self, folder, scale):
        self.data = folder / "crowd"
        self.data.mkdir()
        self.cluster = Cluster(self.data)
        environment = {"ARTEL_SHARE": str(ROOT / "share"), "ARTEL_RATE_FACTOR": "1000"}
        size = ",".join(f"{name}={number}" for name, number in scale.items())
        began = time.monotonic()
        command = [ARTEL, "demo", f"--scale={size}", "--data", self.data]
        if subprocess.run(command, env=os.environ | environment, stdout=subprocess.DEVNULL).returncode:
            raise Failed("artel demo --scale failed")
        self.seconds = time.monotonic() - began
        command = [ARTEL, "serve", "--host", "127.0.0.1", "--port", "{port}", "--data", self.data, "--no-access-log"]
        self.server = Server("artel with a crowd", command, environment, log=folder / "crowd.log")
        self.server.start()
        self._tokens = {}

    def token(self, username):
        if username not in self._tokens:
            status, answer = self.server.call("POST", "/api/sessions", {"login": username, "password": PASSWORD})
            if status != 201:
                raise Failed(f"{username} could not sign in: {status} {answer[:300]}")
            self._tokens[username] = json.loads(answer)["access_token"]
        return self._tokens[username]

    def username(self, statement):
        """Of the member whose id the statement finds in Accounts."""
        return self.cluster.sql(f"select username from members where id = ({statement})", database="accounts")

    def lists(self):
        """Every list: its name, its address, and who asks for it."""
        busiest = "crowd1"
        popular = self.cluster.sql("select slug from tags order by post_count desc limit 1")
        talked = self.cluster.sql("select post_id from comments group by 1 order by count(*) desc limit 1")
        album = self.cluster.sql("select album_id from album_posts group by 1 order by count(*) desc limit 1")
        follower, followed = self.username(FOLLOWS_MOST), self.username(FOLLOWED_MOST)
        yield from (
            ("new", "/api/posts", None), ("new, for a member", "/api/posts", busiest),
            ("hot", "/api/posts?order=hot", None))
        for period in ("day", "week", "month", "all"):
            yield f"top, {period}", f"/api/posts?order=top&period={period}", None
        yield from (
            ("of a tag", f"/api/posts?tag={popular}", None), ("of a member", f"/api/posts?author={busiest}", None),
            ("own", f"/api/posts?author={busiest}", busiest), ("home", "/api/posts?feed=home", follower),
            ("trash", "/api/trash", busiest), ("queue of moderators", "/moderation", "crowd2"),
            ("albums", "/api/albums", None), ("albums of a member", f"/api/albums?owner={busiest}", None),
            ("of an album", f"/api/albums/{album}/posts", None))
        for order in ("oldest", "newest", "top"):
            yield f"comments, {order}", f"/api/posts/{talked}/comments?order={order}", None
        yield from (
            ("popular tags", "/api/tags", None), ("tags by name", "/api/tags?order=name", None),
            ("tags that begin so", "/api/tags?q=qu", None),
            ("followers", f"/api/members/{followed}/followers", None),
            ("following", f"/api/members/{follower}/following", None))

    def measure(self, path, username, times=20):
        """The milliseconds in the database and the statements of the first page just now, of one afterwards, and deep
        in the list, for a page of 20."""
        first = self._cost(path, username, 1)
        warm = self._cost(path, username, times)
        after, deep = None, (0, 0)
        if path.startswith("/api/"):
            for _ in range(100):
                page = self._ask(_with(path, limit=100, after=after), username)
                if page["next"] is None:
                    break
                after = page["next"]
        if after:
            deep = self._cost(_with(path, after=after), username, times)
        return first, warm, deep

    def look_up_sent(self, times=20):
        """The same for asking whether a file was sent before: of one that was, and of one that was not."""
        sent = self.cluster.sql("select encode(digest, 'hex') from sent_files join posts on posts.id = post_id "
                                "join members on members.id = posts.author_id where username = 'crowd1' limit 1")
        unknown = hashlib.sha256(b"unknown").hexdigest()
        first = self._cost("/api/uploads/check", "crowd1", 1, {"sha256": sent})
        return (first, *(self._cost("/api/uploads/check", "crowd1", times, {"sha256": digest})
                         for digest in (sent, unknown)))

    def _cost(self, path, username, times, body=None):
        if username:
            self.token(username)
        self.cluster.sql("select pg_stat_statements_reset()")
        for _ in range(times):
            self._ask(path, username, body)
        spent, calls = self.cluster.sql(STATEMENTS).split("|")
        return float(spent) / times, round(float(calls) / times)

    def _ask(self, path, username, body=None):
        headers = {"authorization": f"Bearer {self.token(username)}"} if username else {}
        status, answer = self.server.call("POST" if body else "GET", path, body, headers)
        if status != 200:
            raise Failed(f"{path} was answered {status}: {answer[:300]}")
        return json.loads(answer) if path.startswith("/api/") else None

    def restart(self):
        """Nothing is in the memory of PostgreSQL afterwards; the system may have kept files in its own."""
        self.server.stop()
        self.server.start()
        self._tokens = {}

    def votes(self, voters, posts, seconds):
        """Votes a second of many members at once, each on the post that falls to them; every one is counted after."""
        lines = [f"/api/posts/{posts[number % len(posts)]}/vote\t{self.token(name)}" for number, name in enumerate(voters)]
        measured = wrk(self.server, lines, "", seconds, connections=len(voters), script="votes.lua")
        deadline = time.monotonic() + 30
        while self.cluster.sql("select exists (select from vote_deltas)") == "t":
            if time.monotonic() > deadline:
                raise Failed("votes are not added to the counters")
            time.sleep(0.1)
        if (wrong := self.cluster.sql(UNCOUNTED % ",".join(posts))) != "0":
            raise Failed(f"the counters of {wrong} posts are not what their votes come to")
        return measured["per_second"]

    def some_posts(self, count):
        """Posts that everybody sees, of different members."""
        return self.cluster.sql(
            "select distinct on (author_id) id from posts where visibility = 'public' and state = 'kept' "
            f"order by author_id, created_at limit {count}").split()


def _with(path, **query):
    address, _, old = path.partition("?")
    merged = dict(urllib.parse.parse_qsl(old)) | {name: value for name, value in query.items() if value is not None}
    return f"{address}?{urllib.parse.urlencode(merged)}" if merged else address
