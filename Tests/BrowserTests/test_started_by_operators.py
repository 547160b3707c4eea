"""How a server is started by those who run one: as root, behind a proxy, on a port that is taken."""

import os
import pathlib
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request

import pytest
from server import ROOT

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")


def run(server, *arguments):
    return subprocess.run(
        [server.binary, *arguments, "--data", server.data], text=True, capture_output=True, timeout=240,
        env=os.environ | {"ARTEL_SHARE": str(ROOT / "share")})


# Fails without executing the program again: the first thread's numbers are 0.
@needs_root
def test_nothing_of_root_is_left_in_any_thread(new_artel):
    server = new_artel().start()
    tasks = list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir())
    assert len(tasks) > 4
    for task in tasks:
        fields = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
        numbers = fields["Uid"].split() + fields["Gid"].split() + fields["Groups"].split()
        assert "0" not in numbers and int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0, fields["Name"]
    server.stop()


# Fails without AddressRefused: "bind(descriptor:ptr:bytes:): Address already in use) (errno: 98)".
def test_a_port_in_use_is_named_with_the_flag_that_chooses_another(new_artel):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run(new_artel(), "serve", "--port", str(port))
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"Error: port {port} of 127.0.0.1 is in use") and "--port" in last


# Fails without AddressRefused: "Cannot assign requested address" and a number.
def test_an_address_of_another_machine_is_named_with_the_flag_that_chooses_another(new_artel):
    result = run(new_artel(), "serve", "--host", "192.0.2.1", "--port", "0")
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert "192.0.2.1" in last and "--host" in last


# Fails without BackupDisk.obstacle(): "Cannot make the directory" and no more.
@needs_root
def test_a_backup_into_a_folder_of_roots_alone_says_who_cannot_get_there(new_artel):
    folder = tempfile.mkdtemp(prefix="artel-backup-")
    result = run(new_artel(), "backup", "--to", f"{folder}/deep/set")
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert f"may not write into {folder}/" in last and "user artel" in last and "install -d -o artel" in last
    os.rmdir(folder)


# Fails when every caller is believed, and when none is: the last answers are swapped.
@pytest.mark.parametrize(("trusted", "last"), [("127.0.0.1", 401), ("10.0.0.0/8", 429), ("", 429)])
def test_only_a_trusted_proxy_says_where_a_caller_comes_from(new_artel, monkeypatch, trusted, last):
    monkeypatch.setenv("ARTEL_TRUSTED_PROXIES", trusted)
    server = new_artel().start()
    statuses = [sign_in_status(server, f"198.51.100.{n}") for n in range(11)]
    assert statuses == [401] * 10 + [last]
    server.stop()


def sign_in_status(server, address):
    """The answer to a wrong password that a proxy passes on for `address`."""
    request = urllib.request.Request(
        f"{server.address}/api/sessions", b'{"login": "nobody", "password": "a wrong password"}',
        {"content-type": "application/json", "x-forwarded-for": address}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
