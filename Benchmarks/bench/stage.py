"""Everything that stands ready while measurements run: Artel on a data directory of its own, and the peer beside it."""

import pathlib
import shutil
import tempfile

from cluster import Cluster
from crowd import Crowd
from load import Session
from machine import ROOT
from processes import ARTEL, Server, as_artel, output

PEER = ROOT / "Benchmarks" / "peers" / "fastapi"
PEER_PYTHON = PEER / ".venv" / "bin" / "python"
PEER_WORKERS = 2
# Issuer in the tokens of an installation without a public address.
ISSUER = "artel"


class Stage:
    def __init__(self, plan):
        self.plan = plan
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="artel-bench-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        data = self.folder / "data"
        data.mkdir()
        environment = {"ARTEL_SHARE": str(ROOT / "share"), "ARTEL_RATE_FACTOR": "1000"}
        # The peer writes no access log either.
        command = [ARTEL, "serve", "--host", "127.0.0.1", "--port", "{port}", "--data", data, "--no-access-log"]
        self.artel = Server("artel", command, environment, log=self.folder / "artel.log")
        self.cluster = Cluster(data)
        self.peer = self._session = self._crowd = None

    def set(self):
        say("starting Artel with an empty data directory")
        self.artel.start()
        self._session = Session(self.artel)
        if "pgbench" in self.plan.needs:
            say(f"making pgbench's tables, {self.plan.accounts:,} accounts")
            self.cluster.make_pgbench(self.plan.accounts // 100_000)
        if "posts" in self.plan.needs:
            say(f"filling the gallery with {self.plan.posts:,} posts of {self.plan.members:,} members")
            self.cluster.fill(self.plan.posts, self.plan.members)
        if "peer" in self.plan.needs:
            say(f"starting the peer, {PEER_WORKERS} workers, on the same PostgreSQL")
            self._start_peer()

    def _start_peer(self):
        pem = output([PEER_PYTHON, PEER / "public_key.py"], input=self.cluster.signing_key())
        environment = {
            "PEER_DATABASE_URL": f"postgresql+asyncpg://gallery@/gallery?host={self.cluster.socket}",
            "PEER_PUBLIC_KEY": pem, "PEER_ISSUER": ISSUER, "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = as_artel([
            PEER_PYTHON, "-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", "{port}",
            "--workers", PEER_WORKERS, "--loop", "uvloop", "--http", "httptools", "--no-access-log",
            "--log-level", "warning"])
        self.peer = Server("peer", command, environment, folder=PEER, log=self.folder / "peer.log")
        self.peer.start()

    @property
    def token(self):
        return self._session.token

    @property
    def crowd(self):
        """An installation beside this one, with a crowd; made when it is first asked for."""
        if self._crowd is None:
            plan = self.plan
            say(f"making a crowd of {plan.crowd_members:,} members with {plan.crowd_posts:,} posts")
            self._crowd = Crowd(
                self.folder, {"members": plan.crowd_members, "posts": plan.crowd_posts, "votes": plan.crowd_votes})
            say(f"made it in {self._crowd.seconds:.0f} s")
        return self._crowd

    def some_posts(self, count):
        """Paths of public posts, spread over the whole table."""
        ids = self.cluster.sql(f"select id from posts order by md5(id::text) limit {count}").split()
        return [f"/api/posts/{id}" for id in ids]

    def strike(self):
        crowd = self._crowd and self._crowd.server
        for server in filter(None, (self.peer, crowd, self.artel)):
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def say(text):
    print(f"bench: {text}", flush=True)
