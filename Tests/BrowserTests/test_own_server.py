"""A PostgreSQL server of the operator's own instead of the private cluster."""

import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

import pytest
from server import ROOT

CONTEXTS = [link.name for link in (ROOT / "share" / "migrations").iterdir() if "Apps" in os.readlink(link)]
PROGRAMS = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
UTF8 = "encoding 'UTF8' locale 'C.UTF-8' template template0"


class OwnServer:
    """PostgreSQL as an operator runs it: TCP, a password, a role without any right but its own databases."""

    def __init__(self, **settings):
        self.folder = tempfile.mkdtemp(prefix="artel-own-")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.user = pwd.getpwnam("artel").pw_name if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        password = pathlib.Path(self.folder, "password")
        password.write_text("secret")
        password.chmod(0o644)
        self.data = f"{self.folder}/data"
        self._run("initdb", "-D", self.data, "-U", "operator", "--auth=scram-sha-256", f"--pwfile={password}",
                  "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
                   "fsync": "off"} | settings
        self._run("pg_ctl", "-D", self.data, "-w", "-l", f"{self.folder}/log", "-o",
                  " ".join(f"-c {name}={value}" for name, value in options.items()), "start")
        self.sql("create role artel login password 'secret'")

    def _run(self, program, *arguments):
        become = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"] if self.user else []
        subprocess.run([*become, PROGRAMS / program, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def sql(self, text):
        subprocess.run(
            [PROGRAMS / "psql", "-qX", f"postgres://operator:secret@127.0.0.1:{self.port}/postgres", "-c", text],
            check=True)

    def make_databases(self, how=UTF8):
        for context in CONTEXTS:
            self.sql(f"create database artel_{context} owner artel {how}")
        return self

    @property
    def address(self):
        return f"postgres://artel:secret@127.0.0.1:{self.port}/artel"

    def remove(self):
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.folder)


@pytest.fixture
def own_server():
    servers = []

    def make(**settings):
        servers.append(OwnServer(**settings))
        return servers[-1]

    yield make
    for server in servers:
        server.remove()


def refused(artel):
    """The last line of a server that must not start."""
    artel.launch()
    assert artel.process.wait(60) == 64
    line = artel.log_end().splitlines()[-1]
    assert line.startswith("Error: ARTEL_DATABASE_URL is not valid: ") and "secret" not in line
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


def test_a_wrong_password_is_told_without_showing_it(new_artel, own_server):
    own = own_server(max_connections=200).make_databases()
    line = refused(new_artel(ARTEL_DATABASE_URL=own.address.replace("secret", "guessed")))
    assert "password authentication failed" in line and "guessed" not in line
