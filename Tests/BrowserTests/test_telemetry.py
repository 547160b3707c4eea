"""What operators see: metrics, traces and faults of a running server, taken by the receivers they would use."""

import asyncio
import concurrent.futures
import http.server
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid

import oteltap
import pytest
from aiosmtpd.controller import Controller
from pictures import png
from prometheus_client.parser import text_string_to_metric_families
from server import ROOT, _free_port, as_owner, eventually

TABLE = ROOT / "docs" / "operations" / "monitoring.md"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def get(address, **headers):
    """(status, text, headers) of one request."""
    request = urllib.request.Request(address, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read().decode(), response.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def metrics(server):
    status, page, _ = get(f"{server.address}/metrics")
    assert status == 200
    return {(sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(page) for sample in family.samples}


# Fails with a row too many: seen with four of exports, which were not served before they were declared.
def test_every_metric_stands_in_the_table_with_its_type_and_labels(artel):
    _, page, _ = get(f"{artel.address}/metrics")
    served = dict(re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE))
    labels = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            name = sample.name if sample.name in served else re.sub("_(bucket|sum|count)$", "", sample.name)
            labels.setdefault(name, set()).update(sample.labels.keys() - {"le"})
    written = {}
    table = TABLE.read_text().split("## Traces")[0]
    for row in re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", table, re.MULTILINE):
        assert row[0] not in written, f"{row[0]} stands there twice"
        written[row[0]] = row[1], set(re.findall(r"`(\w+)`", row[2]))
    assert {name: kind for name, (kind, _) in written.items()} == served
    for name, found in labels.items():
        assert written[name][1] == found, name


# Fails with a pool that is not registered, or not named in the table.
def test_every_pool_of_threads_is_served_and_stands_in_the_table(artel):
    made = set()
    for folder in ROOT / "Sources" / "artel" / "Composition", ROOT / "Sources" / "Platform":
        for path in folder.rglob("*.swift"):
            if "ArtelTesting" not in path.parts:
                made |= set(re.findall(r'BlockingPool\(\s*name: "([^"]+)"', path.read_text()))
    served = {dict(key[1:])["pool"] for key in metrics(artel) if key[0] == "artel_pool_busy_threads"}
    # There are no replicas here; test_own_server.py has some.
    assert served == made - {"artel-replica"}
    row = next(line for line in TABLE.read_text().splitlines() if line.startswith("| `artel_pool_busy_threads` |"))
    assert set(re.findall(r"`(artel-[a-z]+)`", row)) == made


def test_the_page_is_what_prometheus_expects(artel):
    artel.api("GET", "/api/posts")
    _, page, headers = get(f"{artel.address}/metrics")
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(page)}
    seconds = families["artel_http_request_seconds"]
    assert seconds.type == "histogram" and seconds.documentation.endswith(".")
    ends = [s.value for s in seconds.samples if s.name.endswith("_bucket")
            and s.labels["route"] == "/api/posts" and s.labels["method"] == "GET"]
    assert ends == sorted(ends) and ends[-1] >= 1
    assert families["process_resident_memory_bytes"].samples[0].value > 1 << 20
    assert families["artel_disk_free_bytes"].samples[0].value > 1 << 20


@pytest.mark.skipif(
    not shutil.which("promtool") and os.environ.get("CI") != "true",
    reason="promtool, of Debian's prometheus, is only installed for bin/ci")
def test_promtool_has_nothing_to_say_about_the_page(artel):
    artel.api("GET", "/api/posts")
    _, page, _ = get(f"{artel.address}/metrics")
    result = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, capture_output=True)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr


def test_the_search_index_shows_how_full_it_is(new_artel):
    server = new_artel().start()
    server.new_member("ada")
    serving = ("artel_search_documents", ("state", "serving"))
    filled = ("artel_search_last_filled_timestamp_seconds",)
    eventually(lambda: metrics(server).get(serving) == 1 and filled in metrics(server), "the member")
    page = metrics(server)
    assert page["artel_search_fullest_era_documents",] == 1
    assert abs(time.time() - page[filled]) < 600
    server.stop()


# Fails without raising the limit at the start: seen 512.
def test_as_many_files_may_be_open_as_the_system_allows(new_artel):
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, most))
    try:
        server = new_artel().start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
    assert metrics(server)["process_max_fds",] == most


# Fails without the look at `Host`: what a proxy on this machine passed on without a word is answered with 200.
@pytest.mark.parametrize("host, status", [
    ("artel.example.org", 404), ("127.0.0.1.example.org", 404), ("localhost:8080", 200), ("127.0.0.1", 200),
    ("[::1]:8080", 200)])
def test_metrics_are_for_who_names_this_machine_as_it_does_itself(artel, host, status):
    assert get(f"{artel.address}/metrics", host=host)[0] == status


# Fails when every caller may read: 200 instead of 404.
def test_metrics_are_for_this_machine_and_for_those_with_the_token(new_artel, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("a-token-of-many-letters\n")
    secret.chmod(0o644)
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == tmp_path.stat().st_uid and folder != pathlib.Path("/"):
            folder.chmod(folder.stat().st_mode | 0o005)
    server = new_artel(ARTEL_METRICS_TOKEN_FILE=str(secret), ARTEL_METRICS_FROM="192.0.2.0/24").start()
    page = f"{server.address}/metrics"
    assert get(page)[0] == 404
    assert get(page, authorization="Bearer another-token-of-letters")[0] == 404
    assert get(page, authorization="Bearer a-token-of-many-letters")[0] == 200
    server.stop()


@pytest.mark.parametrize(("name", "value"), [
    ("ARTEL_OTLP_ENDPOINT", "localhost:4318"), ("ARTEL_TRACE_SAMPLING", "2"), ("ARTEL_SENTRY_DSN", "https://x/1"),
    ("ARTEL_METRICS_TOKEN", "short"), ("ARTEL_METRICS_FROM", "everybody"),
    ("ARTEL_METRICS_TOKEN_FILE", "/nowhere/at/all"), ("ARTEL_BREACHED_PASSWORDS_FILE", "/etc/passwd"),
    ("ARTEL_FETCH_FROM", "everywhere")])
def test_a_bad_setting_stops_the_start_and_is_named(new_artel, name, value):
    server = new_artel(**{name: value})
    server.launch()
    assert server.wait_for_end() == 64
    assert f"{name} is not valid" in server.log_end()
    assert value not in server.log_end() or name == "ARTEL_METRICS_TOKEN"


def spans_while(port, act, names):
    """What a collector gets while `act` runs, and until a span of each name has come."""

    async def collect():
        found = []
        settings = oteltap.OtelTapHttpProtobufReceiverSettings(http_port=port)
        async with oteltap.OtelTapHttpProtobufReceiver(settings) as receiver:
            async def listen():
                async for span in receiver.stream_traces():
                    found.append(span)
                    if names <= {span.name for span in found}:
                        return
            listening = asyncio.create_task(listen())
            await asyncio.sleep(0)
            await asyncio.to_thread(act)
            await asyncio.wait_for(listening, 120)
        return found

    # In a thread of its own: the browser tests of the same run keep a loop in this one.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, collect()).result()


# Fails without the spans of statements: there are none.
def test_a_trace_reaches_the_collector_from_the_request_to_its_statements(new_artel):
    port = _free_port()
    server = new_artel(ARTEL_OTLP_ENDPOINT=f"http://127.0.0.1:{port}", ARTEL_TRUSTED_PROXIES="127.0.0.1",
                       ARTEL_TRACE_SAMPLING="0").start()

    post = str(uuid.uuid4())

    def ask():
        get(f"{server.address}/api/posts")
        status, _, headers = get(
            f"{server.address}/api/posts/{post}", traceparent=PARENT, x_request_id="from-the-proxy")
        assert (status, headers["x-request-id"]) == (404, "from-the-proxy")

    found = spans_while(port, ask, {"GET /api/posts/{id}"})
    request = found[-1]
    assert request.trace_id.hex() == PARENT[3:35] and request.parent_span_id.hex() == PARENT[36:52]
    assert request.kind == request.SPAN_KIND_SERVER
    attributes = {item.key: item.value for item in request.attributes}
    assert attributes["http.route"].string_value == "/api/posts/{id}"
    assert attributes["http.response.status_code"].int_value == 404
    assert attributes["artel.request_id"].string_value == "from-the-proxy"
    statements = [span for span in found if span.parent_span_id == request.span_id]
    assert statements and all(span.name == "select gallery" for span in statements)
    for span in statements:
        assert request.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert abs(span.end_time_unix_nano / 1e9 - time.time()) < 600
        text = {item.key: item.value.string_value for item in span.attributes}["db.query.text"]
        assert "from" in text and "$1" in text and post not in text
    assert {span.trace_id for span in found} == {request.trace_id}, "the other request was not to be recorded"
    server.stop()


# Fails without a span around handlers: those of the request come alone.
def test_what_a_request_puts_down_goes_on_with_its_trace(new_artel):
    port = _free_port()
    server = new_artel(ARTEL_OTLP_ENDPOINT=f"http://127.0.0.1:{port}", ARTEL_TRACE_SAMPLING="1")
    consumers = {"gallery accounts.member.joined", "search accounts.member.joined"}
    # What a start does is dropped when nobody takes it within some seconds, so the collector is there before.
    found = spans_while(port, lambda: server.start().new_member("ada"),
                        {"POST /api/members", "job gallery.files.tidy"} | consumers)
    spans = {span.name: span for span in found}
    request, job = spans["POST /api/members"], spans["job gallery.files.tidy"]
    for name in consumers:
        span = spans[name]
        assert (span.trace_id, span.parent_span_id) == (request.trace_id, request.span_id)
        assert span.kind == span.SPAN_KIND_CONSUMER and span.start_time_unix_nano >= request.start_time_unix_nano
        assert any(step.parent_span_id == span.span_id and step.name.startswith("insert ") for step in found)
    # Nobody asked for it: it runs at each start.
    assert not job.parent_span_id and job.trace_id != request.trace_id
    assert {item.key for item in job.attributes} == {"artel.job_id", "artel.attempt"}
    server.stop()


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """A service for text messages, and one that has a picture."""

    def do_POST(self):
        self.send_response(202)
        self.end_headers()

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(png(8, 8))

    def log_message(self, *_):
        pass


class Taker:
    """Takes every mail."""

    async def handle_DATA(self, server, session, envelope):
        return "250 taken"


# Fails without the spans around them: the jobs and the request have statements alone.
def test_calls_to_other_machines_are_steps_of_what_made_them(new_artel):
    collector, mail = _free_port(), Controller(
        Taker(), hostname="127.0.0.1", port=_free_port(), ready_timeout=60)
    mail.start()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{elsewhere.server_address[1]}/of-ada"
        server = new_artel(
            ARTEL_OTLP_ENDPOINT=f"http://127.0.0.1:{collector}", ARTEL_TRACE_SAMPLING="1", ARTEL_FETCH_FROM="anywhere",
            ARTEL_MAIL_URL=f"smtp://127.0.0.1:{mail.port}?tls=none", ARTEL_MAIL_FROM="post@example.org",
            ARTEL_URL="https://hub.example.org", ARTEL_SMS_URL=address).start()

        def act():
            token = server.new_member("ada")
            assert server.api("POST", "/api/phone-codes", {"phone": "+79001234567", "display_name": "Grace"})[0] == 201
            assert server.api("POST", "/api/uploads/fetched", {"url": address}, token=token)[0] == 201

        found = spans_while(collector, act, {"SMTP", "POST", "GET", "POST /api/uploads/fetched"})
        elsewhere.shutdown()
    mail.stop()
    spans = {span.name: span for span in found}
    parents = {span.span_id: span.name for span in found}
    attributes = {name: {item.key: item.value for item in spans[name].attributes} for name in ("SMTP", "POST", "GET")}
    assert parents[spans["GET"].parent_span_id] == "POST /api/uploads/fetched"
    assert attributes["SMTP"]["server.port"].int_value == mail.port
    assert attributes["GET"]["http.response.body.size"].int_value == len(png(8, 8))
    assert not any("of-ada" in str(span) or "+79001234567" in str(span) for span in found)
    for name in attributes:
        assert spans[name].kind == spans[name].SPAN_KIND_CLIENT
    server.stop()


class Receiver:
    """Answers as it is told, and remembers what it got."""

    def __init__(self, answer):
        self.got, receiver = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append((self.path, dict(self.headers), body))
                answer(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def accept(handler):
    handler.send_response(200)
    handler.send_header("content-length", "2")
    handler.end_headers()
    handler.wfile.write(b"{}")


def stall(handler):
    time.sleep(20)


def garble(handler):
    handler.wfile.write(b"\x00\xff no HTTP at all\r\n\r\n" * 1000)
    handler.close_connection = True


@pytest.mark.parametrize("answer", [stall, garble, None], ids=["stalls", "garbles", "is down"])
def test_a_collector_in_trouble_slows_no_request_and_no_stop(new_artel, answer):
    receiver = Receiver(answer) if answer else None
    port = receiver.port if receiver else _free_port()
    server = new_artel(ARTEL_OTLP_ENDPOINT=f"http://127.0.0.1:{port}", ARTEL_TRACE_SAMPLING="1").start()
    for _ in range(300):
        assert get(f"{server.address}/api/posts")[0] == 200
    assert metrics(server)["artel_http_requests_overdue_total",] == 0
    if receiver:
        eventually(lambda: receiver.got, "a delivery")
    else:
        eventually(lambda: metrics(server)["artel_export_failures_total", ("target", "traces")], "a failure")
    assert get(f"{server.address}/health/ready")[0] == 200
    server.interrupt()
    assert server.process.wait(45) == 0
    if receiver:
        receiver.close()


# The receiver records; bugsink 2.6.1 took the same events and showed them as one issue.
# Fails without the reporter behind the log: nothing is received.
def test_an_unexpected_error_reaches_the_receiver_of_faults_without_values(new_artel):
    receiver = Receiver(accept)
    server = new_artel(ARTEL_SENTRY_DSN=f"http://abc123@127.0.0.1:{receiver.port}/7").start()
    token = server.new_member("grace")
    statement = "alter table posts rename column title to titles"
    subprocess.run(["psql", "--host", f"{server.data}/socket", "--username", "gallery", "--quiet", "--command",
                    statement, "gallery"], check=True, **as_owner(server.data))
    status, problem = server.api("GET", "/api/posts?limit=7", token=token)
    assert status == 500
    path, headers, body = eventually(lambda: receiver.got, "the fault")[0]
    assert path == "/api/7/envelope/"
    assert "sentry_key=abc123" in {k.lower(): v for k, v in headers.items()}["x-sentry-auth"]
    envelope, item, event = body.split(b"\n")[:3]
    assert json.loads(item) == {"type": "event", "length": len(event)}
    event = json.loads(event)
    assert event["event_id"] == json.loads(envelope)["event_id"]
    assert event["transaction"] == "GET /api/posts"
    assert event["tags"]["request_id"] == problem["request_id"]
    assert event["exception"]["values"][0]["type"] == "PostgresError"
    assert "42703" in event["exception"]["values"][0]["value"]
    assert re.fullmatch("[0-9a-f]{32}", event["contexts"]["trace"]["trace_id"])
    assert token.encode() not in body and b"grace" not in body and b"limit=7" not in body and b"titles" not in body
    # Counted once the answer of the receiver has come.
    eventually(lambda: metrics(server)["artel_export_sent_total", ("target", "faults")] == 1, "the count")
    line = next(line for line in pathlib.Path(server.log).read_text().splitlines() if problem["request_id"] in line)
    assert {"trace_id", "span_id", "member_id", "request_id"} <= json.loads(line).keys()
    server.stop()
    receiver.close()
