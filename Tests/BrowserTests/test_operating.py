"""What an operator does by command beside the running server: events, the search index, members."""

import json
import subprocess
import time

import pytest
from server import as_owner, eventually


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
        check=True, timeout=60, capture_output=True, text=True, **as_owner(server.data))
    return result.stdout.strip()


def settled(server):
    """The consumers, once they have read everything."""
    def look():
        consumers = server.events()["consumers"]
        return consumers if consumers and all(lag["events"] == 0 for lag in consumers) else None
    return eventually(look, lambda: done(server, "events"))


def test_an_operator_sees_how_far_events_are(server):
    server.new_member("ada")
    consumers = settled(server)
    assert {("gallery", "accounts"), ("search", "accounts")} <= {(lag["consumer"], lag["source"]) for lag in consumers}
    assert "gallery reads accounts: 0 behind" in done(server, "events")


def test_an_event_that_fails_is_seen_with_its_reason_and_tried_again_at_once(server):
    sql(server, "gallery", "alter table members add constraint planted check (username <> 'grace')")
    server.new_member("grace")
    failed = eventually(lambda: server.events()["deferred"], lambda: done(server, "events"))[0]
    assert failed["state"] == "waiting" and "planted" in failed["reason"] and failed["consumer"] == "gallery"
    assert failed["reason"] in done(server, "events", "list", "--limit", "1")

    # By itself it would be tried again after some seconds, perhaps before the command comes to it.
    sql(server, "gallery", "update events.deferred_events set next_attempt_at = now() + interval '1 hour'")
    sql(server, "gallery", "alter table members drop constraint planted")
    assert done(server, "events", "retry", failed["id"]) == "1 events are tried again\n"

    eventually(lambda: not server.events()["deferred"], lambda: done(server, "events"))
    assert sql(server, "gallery", "select count(*) from members where username = 'grace'") == "1"


def test_an_event_is_given_up_by_its_id_alone(server):
    sql(server, "gallery", "alter table members add constraint planted check (username <> 'grace')")
    server.new_member("grace")
    failed = eventually(lambda: server.events()["deferred"], lambda: done(server, "events"))[0]
    assert "neither parked nor waiting" in refused(server, "events", "retry", "019aa4c1-7d20-7c4e-8a55-0d9b6a1f3e27")
    assert "put the event" in refused(server, "events", "skip", "019aa4c1-7d20-7c4e-8a55-0d9b6a1f3e27")
    assert "is no id" in refused(server, "events", "skip", "grace")

    assert done(server, "events", "skip", failed["id"]) == f"{failed['id']} is given up\n"

    assert server.events()["deferred"] == []
    assert "put the event" in refused(server, "events", "skip", failed["id"])


def test_a_replay_fills_what_was_lost(server):
    server.new_member("ada")
    settled(server)
    sql(server, "gallery", "delete from members")

    assert done(server, "events", "replay", "gallery", "--source", "accounts").endswith("events are delivered again\n")

    eventually(lambda: sql(server, "gallery", "select count(*) from members where username = 'ada'") == "1",
          lambda: done(server, "events"))
    assert "nobody called nobody" in refused(server, "events", "replay", "nobody", "--source", "accounts")
    assert "--source is one of" in refused(server, "events", "replay", "gallery", "--source", "nowhere")
    assert "--after is not valid" in refused(
        server, "events", "replay", "gallery", "--source", "accounts", "--after", "1-2")


# Fails without the option in the command: seen 2 events, and ada there again.
@pytest.mark.parametrize("option", ["--after", "--since"])
def test_a_replay_begins_behind_a_position_or_at_a_time(server, option):
    server.new_member("ada")
    beginning = position(settled(server))
    # Two members within a second: one of them long ago, so that a time is between them.
    sql(server, "accounts", "update events.outbox_entries set occurred_at = occurred_at - interval '1 hour'")
    between = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1800))
    server.new_member("grace")
    end = position(settled(server))
    sql(server, "gallery", "delete from members")

    told = done(server, "events", "replay", "gallery", "--source", "accounts",
                option, {"--after": beginning, "--since": between}[option])

    assert told == "1 events are delivered again\n"
    assert position(settled(server)) == end != beginning
    assert sql(server, "gallery", "select string_agg(username, ' ') from members") == "grace"


def position(consumers):
    """How far gallery has read the events of accounts."""
    return next(lag["position"] for lag in consumers if (lag["consumer"], lag["source"]) == ("gallery", "accounts"))


def test_the_search_index_is_filled_anew_beside_the_server(server):
    server.new_member("ada")
    settled(server)
    filled(server)
    sql(server, "search", "delete from search.documents")
    assert server.api("GET", "/api/search?q=ada")[1]["items"] == []

    assert "documents are in the new index" in done(server, "search", "rebuild")

    found = server.api("GET", "/api/search?q=ada")[1]["items"]
    assert ["".join(part["text"] for part in hit["title"]) for hit in found] == ["ada"]


def index(server):
    return json.loads(done(server, "search", "show", "--json"))


def filled(server):
    """Waits for the server, which fills an index that was never filled by itself."""
    eventually(lambda: index(server)["index"]["generations"][0].get("filled_at"), lambda: done(server, "search", "show"))


def test_an_operator_sees_what_the_search_index_holds(server):
    server.new_member("ada")
    settled(server)
    filled(server)
    shown = index(server)
    assert shown["index"]["documents"] == [{"app": "accounts", "kind": "member", "documents": 1}]
    assert not shown["index"]["is_being_filled"]
    serving, idle = shown["index"]["generations"]
    assert (serving["state"], serving["eras"], serving["fullest_era"]) == ("serving", 1, 1)
    assert idle["state"] == "idle"
    assert {lag["source"]: lag["events"] for lag in shown["lags"]}["accounts"] == 0
    text = done(server, "search", "show")
    assert f"generation {serving['number']} serves since {serving['since']}, filled at {serving['filled_at']}: 1 documents" in text
    assert "accounts member: 1\n" in text and "reads accounts: 0 behind" in text

    # Fails when the state alone is looked at: it says that the index is being filled.
    sql(server, "search", "update search.generations set state = 'building', changed_at = now() where state = 'idle'")
    assert f"generation {idle['number']} was given up with " in done(server, "search", "show")


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
    eventually(lambda: server.api("GET", "/api/members/me", token=token)[0] == 401, server.log_end)
    assert "Nobody is called ada" in refused(server, "member", "remove", "ada", "--yes")
