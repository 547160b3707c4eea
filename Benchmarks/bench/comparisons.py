"""What is measured: each comparison yields Results, and says what it needs to stand ready."""

import dataclasses
import http.client
import json
import random
import re
import time
import urllib.parse

import documents
import pictures
from load import CONNECTIONS, artel_bench, artel_statements, join, median, pgbench, sign_ins, waiting_clients, wrk
from machine import ROOT
from plan import SHORT_TURNS
from processes import ARTEL, Failed, Server, as_artel, proportional_bytes, resident_bytes, with_descendants
from stage import say

HERE = ROOT / "Benchmarks" / "bench"
JOBS = """
insert into jobs.jobs (id, kind, payload, priority, run_at, attempts_limit)
select gen_random_uuid(), 'bench.marks.leave', '{}', 1, now(), 12 from generate_series(1, %d)
"""


@dataclasses.dataclass(frozen=True)
class Result:
    """One line of the table. The ratio is ours to theirs; without theirs, ours alone is held to the bound."""

    what: str
    ours: float
    theirs: float | None
    unit: str
    bound: float
    at_least: bool
    peer: str = ""

    @property
    def judged(self):
        return self.ours if self.theirs is None else self.ours / self.theirs

    @property
    def is_met(self):
        return self.judged >= self.bound if self.at_least else self.judged <= self.bound


def in_turns(plan, ours, theirs, times=1):
    """Medians of both over the rounds, or so many times as many, measured one after the other in each."""
    rounds = [(ours(), theirs()) for _ in range(plan.rounds * times)]
    return median([a for a, _ in rounds]), median([b for _, b in rounds])


def reads(stage):
    """Point reads through the shared lane against pgbench -S, each at its best number of tasks or clients."""
    plan, cluster = stage.plan, stage.cluster

    def ours(tasks, seconds):
        return artel_statements(cluster, "driver-reads", tasks, seconds, plan.accounts)["per_second"]

    def theirs(clients, seconds):
        return pgbench(cluster, seconds, clients, "-S")[0]

    # The first pass brings the tables into memory and finds the best counts.
    theirs(8, plan.probe_seconds)
    clients = max((4, 8, 16, 32), key=lambda count: theirs(count, plan.probe_seconds))
    tasks = max((16, 32, 64, 128), key=lambda count: ours(count, plan.probe_seconds))
    seconds = max(2, plan.seconds // SHORT_TURNS)
    rates = in_turns(plan, lambda: ours(tasks, seconds), lambda: theirs(clients, seconds), SHORT_TURNS)
    yield Result(f"point reads, {tasks} tasks", *rates, "/s", 1.6, True, f"pgbench -S, {clients} clients")


def latency(stage):
    """One read at a time."""
    plan, cluster = stage.plan, stage.cluster

    def ours():
        return artel_statements(cluster, "driver-reads", 1, plan.seconds, plan.accounts)["latency_us"]["mean"]

    def theirs():
        return pgbench(cluster, plan.seconds, 1, "-S")[1]

    yield Result("one read at a time", *in_turns(plan, ours, theirs), "µs", 2.5, False, "pgbench -S, 1 client")


def writes(stage):
    """Durable inserts in a transaction each; every acknowledged row is counted afterwards."""
    plan, cluster = stage.plan, stage.cluster
    if (fsync := cluster.sql("show fsync")) != "on":
        raise Failed(f"fsync is {fsync}: these would not be durable writes")

    def counted(write):
        cluster.sql("truncate pgbench_history", database="pgbench")
        rate, acknowledged = write()
        stored = int(cluster.sql("select count(*) from pgbench_history", database="pgbench"))
        if stored < acknowledged:
            raise Failed(f"{acknowledged} writes were acknowledged and {stored} are stored")
        return rate

    def ours():
        measured = artel_statements(cluster, "driver-writes", 16, plan.seconds, plan.accounts)
        return measured["per_second"], measured["count"]

    def theirs():
        rate, _, count = pgbench(cluster, plan.seconds, 16, "-f", HERE / "insert.sql", "-s", str(plan.accounts // 100_000))
        return rate, count

    rates = in_turns(plan, lambda: counted(ours), lambda: counted(theirs))
    yield Result("durable inserts, 16 tasks", *rates, "/s", 0.8, True, "pgbench, same INSERT, 16 clients")


def pages(stage, what, paths):
    """The same requests to Artel and to the peer, by turns."""
    plan = stage.plan
    compare_answers(stage, paths[0])
    for server in (stage.artel, stage.peer):
        wrk(server, paths, stage.token, 2)
    seconds = max(2, plan.seconds // SHORT_TURNS)
    rounds = [
        tuple(wrk(server, paths, stage.token, seconds) for server in (stage.artel, stage.peer))
        for _ in range(plan.rounds * SHORT_TURNS)
    ]
    for name, unit, bound, at_least in (("per_second", "/s", 8, True), ("p99_us", "µs", 1, False)):
        figures = [median([one[side][name] for one in rounds]) for side in (0, 1)]
        label = what if at_least else f"{what}, p99"
        yield Result(label, *figures, unit, bound, at_least, f"FastAPI, 2 workers, {CONNECTIONS} connections")


def compare_answers(stage, path):
    """Both must say the same, or they do not do the same work."""
    headers = {"authorization": f"Bearer {stage.token}"}
    answers = []
    for server in (stage.artel, stage.peer):
        status, body = server.get(path, headers)
        if status != 200:
            raise Failed(f"{server.name} answered {path} with {status}")
        answer = json.loads(body)
        answer.pop("next", None)
        answers.append(answer)
        if server.get(path, {"authorization": "Bearer nonsense"})[0] != 401:
            raise Failed(f"{server.name} takes a token that is none")
    if answers[0] != answers[1]:
        raise Failed(f"the answers to {path} differ:\n{answers[0]}\n{answers[1]}")


def read(stage):
    """An authenticated JSON read by id, with author, tags and votes: four statements."""
    yield from pages(stage, "JSON read by id", stage.some_posts(10_000))


def listing(stage):
    """An authenticated JSON list of 20 posts with their authors, tags and votes: four statements."""
    yield from pages(stage, "JSON list of 20", ["/api/posts?limit=20"])


def depth(stage):
    """The last page of the whole feed against the first; on the way, every post must come once and in order."""
    plan = stage.plan
    connection = http.client.HTTPConnection("127.0.0.1", stage.artel.port, timeout=30)
    headers = {"authorization": f"Bearer {stage.token}"}

    def page(query):
        began = time.perf_counter()
        connection.request("GET", f"/api/posts?{query}", headers=headers)
        body = connection.getresponse().read()
        return (time.perf_counter() - began) * 1e6, json.loads(body)

    say(f"reading all {plan.posts:,} posts page by page")
    seen, after, deep, last = 0, "", "", None
    while after is not None:
        _, answer = page(f"limit=100&after={after}" if after else "limit=100")
        for post in answer["items"]:
            place = (post["created_at"], post["id"])
            if last is not None and place >= last:
                raise Failed(f"the feed is out of order at {place}")
            last, seen = place, seen + 1
        deep, after = after or deep, answer["next"]
    if seen != plan.posts:
        raise Failed(f"the feed showed {seen} of {plan.posts} posts")

    for _ in range(200):
        page("limit=20"), page(f"limit=20&after={deep}")
    times = [(page(f"limit=20&after={deep}")[0], page("limit=20")[0]) for _ in range(100 * plan.rounds * plan.seconds)]
    deep_time, first_time = (median(column) for column in zip(*times))
    yield Result(f"page of 20 at depth {plan.posts:,}", deep_time, first_time, "µs", 1.2, False, "page 1")


def search(stage):
    """Searches of all sorts over HTTP among many documents, one after the other."""
    plan = stage.plan
    say(f"filling the search index with {plan.documents:,} documents")
    documents.fill(stage.cluster, stage.folder, plan.documents)
    connection = http.client.HTTPConnection("127.0.0.1", stage.artel.port, timeout=30)

    def ask(query):
        began = time.perf_counter()
        connection.request("GET", "/api/search?" + urllib.parse.urlencode({"q": query}))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise Failed(f"searching for {query!r} answered {answer.status}")
        return (time.perf_counter() - began) * 1e3, len(json.loads(body)["items"])

    found = {query: ask(query)[1] for query in documents.QUERIES for _ in range(10)}
    if sum(count == 0 for count in found.values()) > 3:
        raise Failed(f"too little was found: {found}")
    questions = documents.QUERIES * (5 * plan.rounds * plan.seconds)
    random.Random(7).shuffle(questions)
    times = sorted(ask(query)[0] for query in questions)
    p95 = times[int(len(times) * 0.95)]
    yield Result(f"search of {plan.documents:,} documents, p95", p95, None, "ms", 50, False)


def thumbnails(stage):
    """All sizes of the same photographs, made by Artel's workers and by vipsthumbnail."""
    folder = stage.folder / "photographs"
    files = pictures.make(folder, stage.plan.pictures)
    rates = in_turns(
        stage.plan, lambda: pictures.by_artel(folder, files), lambda: pictures.by_vipsthumbnail(folder, files))
    yield Result("thumbnails, four sizes each", *rates, " pictures/s", 0.9, True, "vipsthumbnail")


def jobs(stage):
    """Empty jobs, each finished in a transaction of its own, against taking and finishing them bare."""
    plan, cluster = stage.plan, stage.cluster
    cluster.sql("create database jobs", database="postgres")
    clients = 16

    def ours():
        return artel_bench(
            "jobs", "--url", cluster.url("jobs"), "--migrations", ROOT / "share" / "migrations" / "jobs",
            "--count", plan.jobs, "--tasks", clients)["per_second"]

    def theirs():
        cluster.sql("truncate jobs.jobs", database="jobs")
        cluster.sql(JOBS % plan.jobs, database="jobs")
        cluster.sql("vacuum analyze jobs.jobs", database="jobs")
        text = cluster.tool(
            "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-t", str(plan.jobs // clients),
            "-f", HERE / "job.sql", database="jobs")
        done = int(cluster.sql("select count(*) from jobs.jobs where state = 'finished'", database="jobs"))
        if done < plan.jobs // clients * clients:
            raise Failed(f"pgbench finished {done} of {plan.jobs} jobs")
        return float(re.search(r"^tps = ([\d.]+)", text, re.MULTILINE).group(1))

    rates = in_turns(plan, ours, theirs)
    yield Result(f"empty jobs, {clients} at a time", *rates, "/s", 0.7, True, f"pgbench, skip locked, {clients} clients")


def events(stage):
    """From beginning to publish an event until its effect is committed, at a steady rate."""
    plan, cluster, rate = stage.plan, stage.cluster, 1000
    cluster.sql("create database events", database="postgres")

    def measured():
        lag = artel_bench(
            "events", "--url", cluster.url("events"), "--migrations", ROOT / "share" / "migrations" / "events",
            "--rate", rate, "--seconds", plan.seconds)
        if not lag["count"] == lag["distinct"] == rate * plan.seconds:
            raise Failed(f"{rate * plan.seconds} events were published, and took effect {lag['count']} times")
        return lag["lag_ms"]["p99"]

    p99 = median([measured() for _ in range(plan.rounds)])
    yield Result(f"event lag at {rate:,} events a second, p99", p99, None, "ms", 100, False)


def sockets(stage):
    """Updates told to a thousand WebSockets each, and the memory of ten thousand that are told nothing."""
    plan, cluster = stage.plan, stage.cluster
    cluster.sql("create database sockets", database="postgres")
    command = [
        ARTEL, "bench", "socket-server", "--url", cluster.url("sockets"),
        "--migrations", ROOT / "share" / "migrations" / "realtime", "--port", "{port}"]
    server = Server("socket server", as_artel(command), log=stage.folder / "sockets.log")
    server.start()
    try:
        where = ["sockets", "--url", cluster.url("sockets"), "--port", server.port]
        rates = [artel_bench(*where, "--seconds", plan.seconds)["per_second"] for _ in range(plan.rounds)]
        yield Result("updates told to 1,000 sockets each", median(rates), None, "/s", 300, True)
        count = 10_000
        with waiting_clients(*where, "--sockets", count, "--seconds", 0, "--linger", 600):
            time.sleep(plan.seconds)
            held = resident_bytes(with_descendants(server.process.pid)[-1])
        yield Result(f"memory with {count:,} idle sockets (RSS)", held / 2**20, None, "MiB", 1024, False)
    finally:
        server.stop()


def sign_in(stage):
    """Sign-ins by username and password, against checking passwords with nothing around it."""
    plan, tasks = stage.plan, 16
    logins = join(stage.artel, tasks)
    seconds = max(2, plan.seconds // SHORT_TURNS)

    def ours():
        return sign_ins(stage.artel, logins, seconds)

    def theirs():
        return artel_bench("passwords", "--tasks", tasks, "--seconds", seconds)["per_second"]

    sign_ins(stage.artel, logins, plan.seconds)
    rates = in_turns(plan, ours, theirs, SHORT_TURNS)
    yield Result(f"sign-ins, {tasks} at a time", *rates, "/s", 0.9, True, "argon2id alone, all cores")


def lists(stage):
    """Every list of a crowd of 100,000 with a million posts and ten million votes: its time in the database."""
    crowd = stage.crowd
    crowd.restart()
    measured = [(name, crowd.measure(path, username)) for name, path, username in crowd.lists()]
    measured.append(("file that was sent before", crowd.look_up_sent()))
    for name, (first, warm, deep) in measured:
        figures = f"first {first[0]:.2f} ms, then {warm[0]:.2f} ms, deep {deep[0]:.2f} ms, {warm[1]} statements"
        say(f"{name}: {figures}")
        yield Result(f"list: {name}", max(warm[0], deep[0]), None, "ms", 20, False, f"first {first[0]:.3g} ms")


def votes(stage):
    """Votes of a thousand members at once on one post, against as many on posts of their own."""
    plan, crowd = stage.plan, stage.crowd
    say(f"signing in {plan.voters:,} members")
    voters = [f"crowd{number}" for number in range(1, plan.voters + 1)]
    for name in voters:
        crowd.token(name)
    posts = crowd.some_posts(plan.voters)
    rates = in_turns(
        plan, lambda: crowd.votes(voters, posts[:1], plan.seconds), lambda: crowd.votes(voters, posts, plan.seconds))
    yield Result(f"votes of {plan.voters:,} at once on one post", *rates, "/s", 0.5, True, "each on another post")


def start(stage):
    """From starting the program to being ready, with a cluster that exists."""
    times = []
    for _ in range(stage.plan.rounds + 2):
        stage.artel.stop()
        times.append(stage.artel.start())
    yield Result("start with an existing cluster", median(times), None, "s", 1, False)


def memory(stage):
    """What the program holds after a minute without requests, following everything above."""
    stage.artel.stop()
    stage.artel.start()
    say(f"waiting {stage.plan.idle_seconds} s without requests")
    time.sleep(stage.plan.idle_seconds)
    mebibyte = 2**20
    ours = resident_bytes(stage.artel.process.pid) / mebibyte
    postgres = proportional_bytes(with_descendants(int(stage.cluster.postmaster))) / mebibyte
    yield Result("memory of artel, idle (RSS)", ours, None, "MiB", 150, False, f"PostgreSQL beside it: {postgres:.0f} MiB (PSS)")


# name: (function, what must stand ready)
COMPARISONS = {
    "reads": (reads, {"pgbench"}),
    "latency": (latency, {"pgbench"}),
    "writes": (writes, {"pgbench"}),
    "read": (read, {"posts", "peer"}),
    "list": (listing, {"posts", "peer"}),
    "depth": (depth, {"posts"}),
    "search": (search, set()),
    "thumbnails": (thumbnails, set()),
    "jobs": (jobs, set()),
    "events": (events, set()),
    "sockets": (sockets, set()),
    "sign-in": (sign_in, set()),
    "lists": (lists, set()),
    "votes": (votes, set()),
    "start": (start, set()),
    "memory": (memory, set()),
}
