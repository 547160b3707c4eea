"""A PostgreSQL server of the operator's own instead of the private cluster."""

import glob
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile
import urllib.request

import pytest
from pictures import png
from server import ROOT, _free_port, eventually

CONTEXTS = [link.name for link in (ROOT / "share" / "migrations").iterdir() if "Apps" in os.readlink(link)]
PROGRAMS = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
UTF8 = "encoding 'UTF8' locale 'C.UTF-8' template template0"


class OwnServer:
    """PostgreSQL as an operator runs it: TCP, a password, a role without any right but its own databases."""

    def __init__(self, primary=None, **settings):
        self.settings = settings
        self.folder = tempfile.mkdtemp(prefix="artel-own-")
        self.port = _free_port()
        self.user = pwd.getpwnam("artel").pw_name if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        password = pathlib.Path(self.folder, "password")
        password.write_text("secret")
        password.chmod(0o644)
        self.data = f"{self.folder}/data"
        if primary:
            self._run("pg_basebackup", "-D", self.data, "-R", "--checkpoint=fast", "--no-sync", "-d", primary.operators_address)
        else:
            self._run("initdb", "-D", self.data, "-U", "operator", "--auth=scram-sha-256", f"--pwfile={password}",
                      "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
                   "fsync": "off"} | settings
        self._run("pg_ctl", "-D", self.data, "-w", "-l", f"{self.folder}/log", "-o",
                  " ".join(f"-c {name}={value}" for name, value in options.items()), "start")
        if not primary:
            self.sql("create role artel login password 'secret'")

    def _run(self, program, *arguments):
        become = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"] if self.user else []
        # pg_ctl waits no longer than a minute by itself.
        subprocess.run([*become, PROGRAMS / program, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/",
                       env=os.environ | {"PGCTLTIMEOUT": "240"})

    def sql(self, text):
        subprocess.run([PROGRAMS / "psql", "-qX", self.operators_address, "-c", text], check=True)

    def make_databases(self, how=UTF8):
        for context in CONTEXTS:
            self.sql(f"create database artel_{context} owner artel {how}")
        return self

    @property
    def operators_address(self):
        return f"postgres://operator:secret@127.0.0.1:{self.port}/postgres"

    @property
    def address(self):
        return f"postgres://artel:secret@127.0.0.1:{self.port}/artel"

    def stop(self):
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")

    def remove(self):
        if pathlib.Path(self.data, "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)


@pytest.fixture
def own_server():
    servers = []

    def make(primary=None, **settings):
        servers.append(OwnServer(primary, **settings))
        return servers[-1]

    yield make
    for server in reversed(servers):
        server.remove()


def refused(artel, setting="ARTEL_DATABASE_URL"):
    """The last line of a server that must not start."""
    artel.launch()
    assert artel.process.wait(240) == 64
    line = artel.log_end().splitlines()[-1]
    assert line.startswith(f"Error: {setting} is not valid: ") and "secret" not in line
    return line


def test_a_server_of_ones_own_holds_everything_and_no_cluster_is_made(new_artel, own_server):
    own = own_server(max_connections=200).make_databases()
    artel = new_artel(ARTEL_DATABASE_URL=own.address).start()
    artel.new_member("ada")
    artel.stop()

    artel.start()
    status, session = artel.api("POST", "/api/sessions", {"login": "ada", "password": "correct horse ada"})
    artel.stop()

    assert status in (200, 201) and session["access_token"]
    assert not pathlib.Path(artel.data, "postgres").exists()


# Fails without the advice: "connectionUnavailable", and no word of the setting or of who must own it.
def test_a_missing_database_is_named(new_artel, own_server):
    own = own_server(max_connections=200)
    assert "artel_accounts" in refused(new_artel(ARTEL_DATABASE_URL=own.address))


# Fails without the budget: the server starts, and fails once many members are there.
def test_a_server_with_too_few_connections_is_refused(new_artel, own_server):
    own = own_server(max_connections=20).make_databases()
    assert "max_connections" in refused(new_artel(ARTEL_DATABASE_URL=own.address))


# Fails without the look at Russian letters: the server starts, and finds nothing in Russian.
def test_a_database_that_cannot_hold_russian_is_refused(new_artel, own_server):
    own = own_server(max_connections=200).make_databases("encoding 'SQL_ASCII' locale 'C' template template0")
    assert "Russian" in refused(new_artel(ARTEL_DATABASE_URL=own.address))


@pytest.fixture
def secret_file():
    """A file that the server's user can read."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="artel-secret-"))
    folder.chmod(0o755)
    yield folder / "address"
    shutil.rmtree(folder)


# Fails without reading the file: the server begins a private cluster.
def test_the_address_may_stand_in_a_file(new_artel, own_server, secret_file):
    own = own_server(max_connections=200).make_databases()
    secret_file.write_text(f"{own.address}\n")
    artel = new_artel(ARTEL_DATABASE_URL_FILE=str(secret_file)).start()
    assert artel.api("GET", "/api/posts")[0] == 200
    both = new_artel(ARTEL_DATABASE_URL=own.address, ARTEL_DATABASE_URL_FILE=str(secret_file))
    assert "not both" in refused(both, "ARTEL_DATABASE_URL_FILE")
    own.stop()
    assert artel.api("GET", "/api/posts")[0] == 503


def test_a_wrong_password_is_told_without_showing_it(new_artel, own_server):
    own = own_server(max_connections=200).make_databases()
    line = refused(new_artel(ARTEL_DATABASE_URL=own.address.replace("secret", "guessed")))
    assert "password authentication failed" in line and "guessed" not in line


def reads_from_replicas(artel, context):
    with urllib.request.urlopen(f"{artel.address}/metrics", timeout=60) as page:
        found = re.search(
            rf'^artel_db_statement_seconds_count{{context="{context}",lane="replica"}} (\d+)', page.read().decode(), re.MULTILINE)
    return int(found[1]) if found else 0


# Fails without `stale` in lists and searches: nothing is ever read there. Fails without the way back to the primary: 503.
def test_guests_and_searches_read_from_a_replica_and_do_without_it(new_artel, own_server):
    own = own_server(max_connections=200).make_databases()
    replica = own_server(own, **own.settings)
    # The limits of rate would answer instead of the lists.
    artel = new_artel(
        ARTEL_DATABASE_URL=own.address, ARTEL_REPLICA_URLS=replica.address, ARTEL_RATE_FACTOR="1000").start()
    token = artel.new_member("ada")
    form = {"title": "Wall of replicas", "is_public": "true", "image": png(8, 8)}
    status, post = artel.api("POST", "/api/posts", token=token, form=form)
    assert status == 201

    def ids(path):
        status, page = artel.api("GET", path)
        assert status == 200
        return [item["id"] for item in page["items"]]

    lists = {"gallery": "/api/posts", "search": "/api/search?q=replicas"}
    for context, path in lists.items():
        eventually(lambda: ids(path) == [post["id"]] and reads_from_replicas(artel, context) > 10, "reads from the replica")
    # One line for the replicas of all databases: Prometheus refuses a page on which a series comes twice.
    with urllib.request.urlopen(f"{artel.address}/metrics", timeout=60) as page:
        assert page.read().decode().count('artel_pool_waiting{pool="artel-replica"} ') == 1
    replica.stop()
    for path in lists.values():
        assert ids(path) == [post["id"]]
    eventually(lambda: "A replica does not answer" in artel.log_text(), "a line about the replica")


def test_replicas_need_a_primary_and_addresses(new_artel, own_server):
    alone = new_artel(ARTEL_REPLICA_URLS="postgres://replica.example/artel")
    assert "ARTEL_DATABASE_URL" in refused(alone, "ARTEL_REPLICA_URLS")
    own = own_server(max_connections=200).make_databases()
    refused(new_artel(ARTEL_DATABASE_URL=own.address, ARTEL_REPLICA_URLS="postgres://[secret"), "ARTEL_REPLICA_URLS")
