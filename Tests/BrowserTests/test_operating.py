"""What an operator does by command beside the running server: events, the search index, members."""

import json
import subprocess
import time

import pytest
from server import as_owner


@pytest.fixture
def server(new_artel):
    return new_artel().start()


def done(server, *arguments):
    result = server.command(*arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(server, *arguments):
    result = server.command(*arguments)
    assert result.returncode != 0, result.stdout
    return result.stderr


def sql(server, context, statement):
    result = subprocess.run(
        ["psql", "--host", f"{server.data}/socket", "--username", context, "--dbname", context, "--quiet",
         "--tuples-only", "--no-align", "--command", statement],
        check=True, timeout=30, capture_output=True, text=True, **as_owner(server.data))
    return result.stdout.strip()


def events(server):
    return json.loads(done(server, "events", "--json"))


def until(condition, what):
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)
    return found


def settled(server):
    """The consumers, once they have read everything."""
    def look():
        consumers = events(server)["consumers"]
        return consumers if consumers and all(lag["events"] == 0 for lag in consumers) else None
    return until(look, lambda: done(server, "events"))


def test_an_operator_sees_how_far_events_are(server):
    server.new_member("ada")
    consumers = settled(server)
    assert {("gallery", "accounts"), ("search", "accounts")} <= {(lag["consumer"], lag["source"]) for lag in consumers}
    assert "gallery reads accounts: 0 behind" in done(server, "events")


def test_an_event_that_fails_is_seen_with_its_reason_and_tried_again_at_once(server):
    sql(server, "gallery", "alter table members add constraint planted check (username <> 'grace')")
    server.new_member("grace")
    failed = until(lambda: events(server)["deferred"], lambda: done(server, "events"))[0]
    assert failed["state"] == "waiting" and "planted" in failed["reason"] and failed["consumer"] == "gallery"
    assert failed["reason"] in done(server, "events", "list", "--limit", "1")

    sql(server, "gallery", "alter table members drop constraint planted")
    assert done(server, "events", "retry", failed["id"]) == "1 events are tried again\n"

    until(lambda: not events(server)["deferred"], lambda: done(server, "events"))
    assert sql(server, "gallery", "select count(*) from members where username = 'grace'") == "1"


def test_an_event_is_given_up_by_its_id_alone(server):
    sql(server, "gallery", "alter table members add constraint planted check (username <> 'grace')")
    server.new_member("grace")
    failed = until(lambda: events(server)["deferred"], lambda: done(server, "events"))[0]
    assert "neither parked nor waiting" in refused(server, "events", "retry", "019aa4c1-7d20-7c4e-8a55-0d9b6a1f3e27")
    assert "put the event" in refused(server, "events", "skip", "019aa4c1-7d20-7c4e-8a55-0d9b6a1f3e27")
    assert "is no id" in refused(server, "events", "skip", "grace")

    assert done(server, "events", "skip", failed["id"]) == f"{failed['id']} is given up\n"

    assert events(server)["deferred"] == []
    assert "put the event" in refused(server, "events", "skip", failed["id"])


def test_a_replay_fills_what_was_lost(server):
    server.new_member("ada")
    settled(server)
    sql(server, "gallery", "delete from members")

    assert done(server, "events", "replay", "gallery", "--source", "accounts").endswith("events are delivered again\n")

    until(lambda: sql(server, "gallery", "select count(*) from members where username = 'ada'") == "1",
          lambda: done(server, "events"))
    assert "nobody called nobody" in refused(server, "events", "replay", "nobody", "--source", "accounts")
    assert "--source is one of" in refused(server, "events", "replay", "gallery", "--source", "nowhere")
    assert "--after is not valid" in refused(
        server, "events", "replay", "gallery", "--source", "accounts", "--after", "1-2")


def test_the_search_index_is_filled_anew_beside_the_server(server):
    server.new_member("ada")
    settled(server)
    sql(server, "search", "delete from search.documents")
    assert server.api("GET", "/api/search?q=ada")[1]["items"] == []

    assert "documents are in the new index" in done(server, "search", "rebuild")

    found = server.api("GET", "/api/search?q=ada")[1]["items"]
    assert ["".join(part["text"] for part in hit["title"]) for hit in found] == ["ada"]


def test_a_member_is_renamed_and_removed(server):
    token = server.new_member("ada")
    assert done(server, "member", "rename", "ada", "Countess of Lovelace") == "ada is called Countess of Lovelace\n"
    assert server.api("GET", "/api/members/me", token=token)[1]["display_name"] == "Countess of Lovelace"
    assert "display_name" in refused(server, "member", "rename", "ada", "C")

    assert "not confirmed" in refused(server, "member", "remove", "ada")
    assert done(server, "member", "remove", "ada", "--yes") == "ada is removed\n"

    credentials = {"login": "ada", "password": "correct horse ada"}
    assert server.api("POST", "/api/sessions", credentials)[0] == 401
    # The server remembers sessions for a moment.
    until(lambda: server.api("GET", "/api/members/me", token=token)[0] == 401, server.log_end)
    assert "Nobody is called ada" in refused(server, "member", "remove", "ada", "--yes")
