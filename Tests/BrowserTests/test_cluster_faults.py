"""What an operator's machine does to the data directory: odd languages, other accounts, full and read-only disks, kill -9."""

import json
import os
import pathlib
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

import pytest
from pictures import png
from server import ROOT, eventually

IS_ROOT = os.geteuid() == 0
CAN_MOUNT = IS_ROOT and subprocess.run(
    ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode == 0
needs_mounts = pytest.mark.skipif(not CAN_MOUNT, reason="only root mounts disks of its own")
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root becomes somebody else")
TOOLS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))
WAIT_SECONDS = 240


def as_server(*command):
    """A command as the account that PostgreSQL and the server run as."""
    return ["setpriv", "--reuid=artel", "--regid=artel", "--clear-groups", *command] if IS_ROOT else [*command]


def serve(binary, data, *prefix, **environment):
    """One start that is expected to be refused."""
    return subprocess.run(
        [*prefix, binary, "serve", "--port", "0", "--data", data], text=True, capture_output=True, timeout=WAIT_SECONDS,
        env=os.environ | {"ARTEL_SHARE": str(ROOT / "share")} | environment)


def on_disk(options, *steps):
    """Runs `steps`, then the command behind them, with a small disk of its own mounted at $DATA."""
    script = f'mount -t tmpfs -o mode=0755,{options} tmpfs "$DATA"; ' + "; ".join(steps or ('exec "$@"',))
    return ["unshare", "-m", "sh", "-c", script, "sh"]


def complaint(result):
    """The one line that a refused start ends with."""
    assert result.returncode == 1, result.stderr
    lines = [line for line in result.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1 and lines[0].startswith("Error: "), result.stderr
    return lines[0]


@pytest.fixture
def data():
    directory = tempfile.mkdtemp(prefix="artel-")
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


# Fails without --encoding, --locale and the environment of our own: lower('Я') is 'Я', no trigrams.
@pytest.mark.parametrize("language", [{}, {"LC_ALL": "C"}, {"LANG": "ru_RU.KOI8-R"}], ids=["unset", "C", "KOI8-R"])
def test_russian_works_whatever_the_language_of_the_shell(new_artel, language, monkeypatch):
    for name in [name for name in os.environ if name == "LANG" or name.startswith("LC_")]:
        monkeypatch.delenv(name)
    for name, value in language.items():
        monkeypatch.setenv(name, value)
    server = new_artel().start()
    found = subprocess.run(
        as_server(TOOLS / "psql", "-h", f"{server.data}/socket", "-U", "gallery", "-d", "gallery", "-Atc",
                  "select lower('Я') = 'я', 'ПРИВЕТ' ilike 'привет', array_length(show_trgm('привет'), 1)"),
        text=True, capture_output=True, timeout=60, env={"PATH": "/usr/bin:/bin"})
    assert found.stdout == "t|t|7\n", found.stderr
    server.stop()


# Fails without the end of the old initdb: the next start is refused, as its directory is not empty.
@pytest.mark.parametrize("moment", ["PG_VERSION", "global/pg_control", "base/4"])
def test_a_first_start_killed_while_it_makes_the_cluster_is_made_up_for(new_artel, moment):
    server = new_artel()
    half = pathlib.Path(server.data, "postgres.incomplete")
    with open(server.log, "ab") as log:
        first = subprocess.Popen(
            [server.binary, "serve", "--port", str(server.port), "--data", server.data], stdout=log, stderr=log,
            env=os.environ | {"ARTEL_SHARE": str(ROOT / "share")})
    eventually(lambda: (half / moment).exists() or half.with_name("postgres").exists(), "a half-made cluster")
    first.kill()
    first.wait()
    server.start()
    server.new_member("ada")
    assert not half.exists()
    server.stop()


# Fails without emptying the directory of the socket: its lock names the killed postmaster, a zombie perhaps.
def test_kill_9_of_the_server_and_of_all_of_postgresql_loses_nothing(new_artel):
    server = new_artel().start()
    token = server.new_member("grace")
    post = publish(server, token)
    # Looked at until no new one is found: a process that runs may make another one, and end by itself.
    processes = set()
    while new := {server.process.pid, *at_work(f"{server.data}/postgres")} - processes:
        for number in new:
            send(number, signal.SIGSTOP)
        processes |= new
    assert len(processes) > 4
    for number in processes:
        send(number, signal.SIGKILL)
    server.process.wait()
    server.start()
    assert server.api("GET", f"/api/posts/{post['id']}")[1] == post
    server.stop()


def send(number, kind):
    try:
        os.kill(number, kind)
    except ProcessLookupError:
        pass


def at_work(directory):
    """The processes that stand in a directory."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == directory:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def publish(server, token):
    status, post = server.api("POST", "/api/posts", token=token, form={
        "title": "v0", "is_public": "true", "image": png(320, 240, seed=3)})
    assert status == 201, post
    return post


# Fails without DataDirectory.prepare(): the lock is refused without a word about what to do.
@needs_root
def test_an_ordinary_user_is_told_whose_directory_it_is(new_artel, data):
    os.chmod(data, 0o755)
    line = complaint(serve(new_artel().binary, data, *as_server()))
    assert f"{data} belongs to root" in line and "--data" in line and "chown -R artel: " in line


@needs_root
def test_an_ordinary_user_serves_from_a_directory_of_its_own(new_artel, tmp_path):
    server, artel = new_artel(), pwd.getpwnam("artel")
    os.chown(server.data, artel.pw_uid, artel.pw_gid)
    server.binary = behind(tmp_path, server.binary, *as_server())
    server.start()
    server.new_member("ada")
    assert os.stat(f"{server.data}/postgres/PG_VERSION").st_uid == artel.pw_uid
    server.stop()


# Fails without the look for an account: PostgreSQL's "could not look up effective user ID".
@needs_root
def test_a_user_without_an_account_is_told_to_make_one(new_artel, data):
    os.chmod(data, 0o777)
    line = complaint(serve(new_artel().binary, data, "setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"))
    assert "User number 54321 has no account" in line and "useradd" in line


# Fails without the advice: "Cannot open …: Read-only file system." and no more.
@needs_mounts
def test_a_read_only_disk_is_named(new_artel, data):
    owner = pwd.getpwnam("artel")
    prefix = on_disk(f"uid={owner.pw_uid},gid={owner.pw_gid}", 'mount -o remount,ro "$DATA"', 'exec "$@"')
    line = complaint(serve(new_artel().binary, data, *prefix, DATA=data))
    assert data in line and "Read-only file system" in line and "remount,rw" in line


# Fails without the advice: initdb's words over several lines, and nothing to do.
@needs_mounts
def test_a_disk_too_small_for_a_cluster_is_named_and_a_larger_one_helps(new_artel, data):
    again = '"$@" && exit 9; "$1" member create x --email x --data "$DATA"; mount -o remount,size=256m "$DATA"; ' \
        'exec "$1" migrate --data "$DATA"'
    result = serve(new_artel().binary, data, *on_disk("size=24m", again), DATA=data)
    refusals = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert "No space left on device" in refusals[0] and "free some space" in refusals[0], result.stderr
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("\n") >= 2, result.stdout


# Fails without the health check and the watch of the disk: nothing says that it is full.
# Fails without keepRunning(): PostgreSQL, which gives up, never comes back.
@needs_mounts
def test_a_disk_that_fills_while_serving_loses_nothing_and_is_served_again_with_room(new_artel, monkeypatch, tmp_path):
    server = new_artel()
    monkeypatch.setenv("DATA", server.data)
    server.binary = behind(tmp_path, server.binary, *on_disk("size=192m"))
    server.start()
    inside = pathlib.Path(f"/proc/{server.process.pid}/root{server.data}")
    token = server.new_member("grace")
    post = publish(server, token)
    acknowledged, tried, status = 0, 0, 200

    fill(inside / "ballast")
    while status == 200:
        # A full disk stops PostgreSQL when its log of writes needs another file.
        psql(server, "select pg_switch_wal()")
        tried += 1
        assert tried < 20, "everything was acknowledged on a full disk"
        status, _ = server.api("PATCH", f"/api/posts/{post['id']}", {"title": f"v{tried}"}, token=token)
        if status == 200:
            acknowledged = tried
    assert status in (500, 503), status
    eventually(lambda: "disk space" in failing(server), "a health check that names the disk")
    eventually(lambda: f"The disk of {server.data} is full" in server.log_text(), "a line about the full disk")
    assert server.process.poll() is None

    (inside / "ballast").unlink()
    eventually(server.is_ready, "service with room again")
    title = server.api("GET", f"/api/posts/{post['id']}")[1]["title"]
    assert acknowledged <= int(title[1:]) <= tried
    assert server.api("PATCH", f"/api/posts/{post['id']}", {"title": "after"}, token=token)[0] == 200
    server.stop()


def behind(folder, binary, *prefix):
    """A program in `folder` that runs `binary` behind other commands."""
    wrapper = folder / "artel"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.join(prefix)} {binary} "$@"\n')
    wrapper.chmod(0o755)
    return str(wrapper)


def fill(path):
    with open(path, "wb", buffering=0) as ballast:
        for size in (1 << 20, 4096):
            try:
                while ballast.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue


def psql(server, sql):
    return subprocess.run(
        ["nsenter", "-m", "-t", str(server.process.pid),
         *as_server(TOOLS / "psql", "-h", f"{server.data}/socket", "-U", "postgres", "-Atc", sql)],
        text=True, capture_output=True, timeout=120)


def failing(server):
    """The names of the checks that fail."""
    try:
        with urllib.request.urlopen(f"{server.address}/health/ready", timeout=30):
            return []
    except urllib.error.HTTPError as error:
        return [check["name"] for check in json.loads(error.read())["checks"] if check["status"] != "ok"]
