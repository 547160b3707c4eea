"""What an operator types: one-off commands beside a running server, backup and restore, wrong settings."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import urllib.request

import pytest
from pictures import png


@pytest.fixture(scope="module")
def server(new_artel):
    return new_artel().start()


def artel(server, *arguments, **options):
    return server.command(*arguments, **options)


def sign_in(server, login, password):
    return server.api("POST", "/api/sessions", {"login": login, "password": password})


def test_a_member_is_created_beside_the_running_server(server):
    result = artel(
        server, "member", "create", "margaret", "--email", "margaret@example.org", "--administrator",
        stdin="a good long password\n")
    assert result.returncode == 0, result.stderr
    status, answer = sign_in(server, "margaret", "a good long password")
    assert status == 201, answer
    assert server.api("GET", "/api/members/me", token=answer["access_token"])[1]["is_administrator"]


def test_a_refused_member_is_named_with_the_reason(server):
    result = artel(server, "member", "create", "x", "--email", "no address", stdin="short\n")
    assert result.returncode != 0
    assert "username" in result.stderr and "email" in result.stderr


def test_a_member_is_promoted(server):
    server.new_member("linus")
    result = artel(server, "member", "promote", "linus")
    assert result.returncode == 0, result.stderr
    answer = sign_in(server, "linus", "correct horse linus")[1]
    assert server.api("GET", "/api/members/me", token=answer["access_token"])[1]["is_administrator"]


def test_a_member_is_suspended_for_a_reason_and_let_in_again(server):
    server.new_member("edsger")
    assert artel(server, "member", "suspend", "edsger").returncode == 64
    result = artel(server, "member", "suspend", "edsger", "--reason", "Paints with goto.")
    assert result.returncode == 0, result.stderr
    status, answer = sign_in(server, "edsger", "correct horse edsger")
    assert status == 403 and "Paints with goto." in answer["detail"]
    assert artel(server, "member", "unsuspend", "edsger").returncode == 0
    assert sign_in(server, "edsger", "correct horse edsger")[0] == 201


def test_the_last_administrator_stays(new_artel):
    server = new_artel().start()
    for username in ["barbara", "donald"]:
        server.new_member(username)
        assert artel(server, "member", "promote", username).returncode == 0
    assert artel(server, "member", "demote", "barbara").returncode == 0
    refused = artel(server, "member", "demote", "donald")
    assert refused.returncode != 0 and "last_administrator" in refused.stderr


def test_promoting_nobody_fails(server):
    result = artel(server, "member", "promote", "nobody")
    assert result.returncode != 0 and "nobody" in result.stderr


def test_another_signing_key_signs_nobody_out(server):
    token = server.new_member("ada")
    assert artel(server, "keys", "rotate").returncode == 0
    assert server.api("GET", "/api/members/me", token=token)[0] == 200


def test_migrations_are_checked_and_planned_beside_the_running_server(server):
    check = artel(server, "migrate", "--check")
    assert check.returncode == 0 and check.stdout.count("up to date") == 3, check.stderr
    plan = artel(server, "migrate", "--plan")
    assert plan.returncode == 0 and plan.stdout.count("up to date") == 3, plan.stderr


def test_a_second_server_on_the_same_data_is_refused(server):
    result = artel(server, "serve", "--port", "0")
    assert result.returncode == 75
    assert server.data in result.stderr


def test_a_backup_restores_to_the_same_artel(server, new_artel):
    token = server.new_member("grace")
    post = server.api("POST", "/api/posts", token=token, form={
        "title": "Kept", "is_public": "true", "image": png(320, 240, seed=3)})[1]
    folder = tempfile.mkdtemp(prefix="artel-backup-")
    os.chmod(folder, 0o777)
    backup = artel(server, "backup", "--to", f"{folder}/set", "--json")
    assert backup.returncode == 0, backup.stderr
    assert json.loads(backup.stdout)["blob_count"] >= 1
    checked = subprocess.run(
        [server.binary, "verify-backup", "--from", f"{folder}/set"], text=True, capture_output=True, timeout=240)
    assert checked.returncode == 0, checked.stderr

    data = tempfile.mkdtemp(prefix="artel-")
    restored = artel(server, "restore", "--from", f"{folder}/set", data=data)
    assert restored.returncode == 0, restored.stderr
    other = new_artel(data=data).start()
    assert other.api("GET", f"/api/posts/{post['id']}")[1] == post
    assert sign_in(other, "grace", "correct horse grace")[0] == 201


def test_a_damaged_backup_is_refused(server):
    folder = tempfile.mkdtemp(prefix="artel-backup-")
    os.chmod(folder, 0o777)
    assert artel(server, "backup", "--to", f"{folder}/set").returncode == 0
    dump = next((p for p in os.scandir(f"{folder}/set/databases")), None)
    with open(dump.path, "r+b") as file:
        file.seek(100)
        file.write(b"\0\1\2\3")
    result = artel(server, "restore", "--from", f"{folder}/set", data=tempfile.mkdtemp(prefix="artel-"))
    assert result.returncode != 0 and os.path.basename(dump.path) in result.stderr


@pytest.mark.parametrize(("name", "value"), [
    ("ARTEL_PORT", "http"), ("ARTEL_PORT", "70000"), ("ARTEL_URL", "ftp://example.org"),
    ("ARTEL_URL", "https://example.org/path"), ("ARTEL_SHARE", "/nowhere"), ("ARTEL_PICTURE_BYTES", "-1"),
    ("ARTEL_RATE_FACTOR", "0"), ("ARTEL_LOG_DAYS", "29"),
    ("ARTEL_BACKUP_DIRECTORY", "backups"), ("ARTEL_BACKUP_TIMES", "nightly"), ("ARTEL_BACKUP_KEEP", "0"),
])
def test_a_wrong_setting_is_named(server, name, value):
    result = artel(server, "serve", data=tempfile.mkdtemp(prefix="artel-"), **{name: value})
    assert result.returncode == 64
    assert name in result.stderr


@pytest.mark.parametrize("command", [
    [], ["serve"], ["migrate"], ["member", "create"], ["member", "promote"], ["member", "suspend"], ["log", "list"],
    ["log", "verify"], ["search", "show"], ["backup"], ["restore"],
])
def test_help_is_worth_reading(server, command):
    result = subprocess.run([server.binary, *command, "--help"], text=True, capture_output=True, timeout=120)
    assert result.returncode == 0
    assert "USAGE" in result.stdout and "--data" in result.stdout + result.stderr or not command


def test_a_check_of_the_files_names_the_one_that_a_disk_has_spoiled(new_artel):
    server = new_artel().start()
    token = server.new_member("grace")
    status, post = server.api(
        "POST", "/api/posts", token=token, form={"title": "Tea", "is_public": "true", "image": png(640, 480)})
    assert status == 201, post
    sound = artel(server, "storage", "check", "--json")
    assert sound.returncode == 0, sound.stderr
    report = json.loads(sound.stdout)
    assert report["files"] > 1 and report["damaged"]["count"] == report["missing"]["count"] == 0

    files = sorted((pathlib.Path(server.data) / "blobs" / "blobs").glob("??/??/*"))
    content = bytearray(files[0].read_bytes())
    content[len(content) // 2] ^= 1
    files[0].write_bytes(content)
    files[1].unlink()

    spoiled = artel(server, "storage", "check", "--rate", "100000000")
    assert spoiled.returncode == 1
    assert "storage.md" in spoiled.stderr
    assert f"damaged: 1\n  {files[0].name}\n" in spoiled.stdout
    assert f"missing: 1\n  {files[1].name}\n" in spoiled.stdout
    assert files[0].read_bytes() == content
    shown = artel(server, "storage", "show", "--json")
    assert shown.returncode == 1
    assert json.loads(shown.stdout)["damaged"]["digests"] == [files[0].name]


def test_the_log_is_listed_filtered_and_verified(new_artel):
    server = new_artel().start()
    server.new_member("hypatia")
    lines = artel(server, "log", "--member", "hypatia").stdout.splitlines()
    assert [line.split("  ")[3] for line in lines] == ["session.opened", "member.joined"]
    entries = [json.loads(line) for line in artel(server, "log", "--act", "member", "--json").stdout.splitlines()]
    assert [entry["act"] for entry in entries] == ["member.joined"]
    verified = artel(server, "log", "verify")
    assert verified.returncode == 0 and "2 entries are as they were recorded" in verified.stdout
    end = verified.stdout.split("End: ")[1].strip()
    assert artel(server, "log", "verify", "--mark", end).returncode == 0
    broken = artel(server, "log", "verify", "--mark", "2:" + 64 * "0", "--json")
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["fault"] == "not_as_noted"
    assert artel(server, "log", "--member", "nobody").returncode != 0


def test_the_program_says_its_version_as_metrics_do(server):
    version = artel(server, "--version").stdout.strip()
    with urllib.request.urlopen(f"{server.address}/metrics", timeout=60) as page:
        assert f'artel_build_info{{version="{version}"}} 1' in page.read().decode()


# Linked, but behind the C library, it would serve nothing.
def test_every_library_takes_its_memory_from_mimalloc(server):
    bound = server.command("help", LD_DEBUG="bindings").stderr
    providers = set(re.findall(r"binding file \S+ \[0\] to (\S+) \[0\]: normal symbol `(?:malloc|free)'", bound))
    assert [pathlib.Path(provider).name for provider in providers] == ["libmimalloc.so.2"]
