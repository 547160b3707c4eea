"""The loads: wrk for pages of JSON, pgbench for statements, and Artel's own side of the latter."""

import contextlib
import json
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

from processes import ARTEL, Failed, as_artel, output

HERE = pathlib.Path(__file__).resolve().parent
CONNECTIONS = 64
THREADS = 2
LOGIN = {"login": "bench", "password": "a long secret for bench"}


class Session:
    """A signed-in member of the Artel under measurement; tokens are renewed before they expire."""

    RENEW_SECONDS = 300

    def __init__(self, server):
        self.server, self.since = server, 0
        member = {"username": LOGIN["login"], "email": "bench@example.org", "password": LOGIN["password"]}
        self._take("/api/members", member)
        self._accept(self._take("/api/sessions", LOGIN))

    @property
    def token(self):
        if time.monotonic() - self.since > self.RENEW_SECONDS:
            self._accept(self._take("/api/sessions/refresh", {"refresh_token": self.refresh_token}))
        return self._token

    def _take(self, path, body):
        status, answer = self.server.call("POST", path, body)
        if status not in (200, 201):
            raise Failed(f"POST {path} was answered {status}: {answer[:300]}")
        return json.loads(answer)

    def _accept(self, pair):
        self._token, self.refresh_token = pair["access_token"], pair["refresh_token"]
        self.since = time.monotonic()


def wrk(server, requests, token, seconds, connections=CONNECTIONS, script="load.lua"):
    """Requests a second and latencies of a server under the common load; any failed request spoils it."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(requests) + "\n")
        file.flush()
        result = output([
            "wrk", f"-t{THREADS}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", HERE / script,
            f"http://127.0.0.1:{server.port}", "--", token, file.name])
    measured = json.loads(result.strip().splitlines()[-1])
    if measured["failures"] or not measured["requests"]:
        raise Failed(f"{server.name}: {measured['failures']} of {measured['requests']} requests failed")
    return measured


def join(server, count):
    """The logins of that many members who have just signed up."""
    logins = [LOGIN | {"login": f"bench{number}"} for number in range(count)]
    for login in logins:
        member = {"username": login["login"], "email": f"{login['login']}@example.org", "password": login["password"]}
        status, answer = server.call("POST", "/api/members", member)
        if status != 201:
            raise Failed(f"signing up was answered {status}: {answer[:300]}")
    return logins


def sign_ins(server, logins, seconds):
    """Sign-ins a second, as many at a time as there are members."""
    requests = [f"/api/sessions\t{json.dumps(login)}" for login in logins]
    return wrk(server, requests, "", seconds, connections=len(logins))["per_second"]


def pgbench(cluster, seconds, clients, *options):
    """(transactions a second, mean latency in microseconds, transactions) of pgbench."""
    text = cluster.tool(
        "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, THREADS)), "-T", str(seconds),
        *options, database="pgbench")
    if re.search(r"number of failed transactions: [1-9]", text):
        raise Failed(f"pgbench had failed transactions:\n{text}")
    return (
        float(re.search(r"^tps = ([\d.]+)", text, re.MULTILINE).group(1)),
        float(re.search(r"^latency average = ([\d.]+) ms", text, re.MULTILINE).group(1)) * 1000,
        int(re.search(r"transactions actually processed: (\d+)", text).group(1)),
    )


def artel_bench(measurement, *options):
    """What `artel bench` measured in its own process, as the user that may use the cluster."""
    return json.loads(output(as_artel([ARTEL, "bench", measurement, *options])).splitlines()[-1])


@contextlib.contextmanager
def waiting_clients(measurement, *options):
    """Runs clients beside the body, which begins once they have said that they are there."""
    command = as_artel([ARTEL, "bench", measurement, *options])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as clients:
        try:
            if not clients.stdout.readline():
                raise Failed(f"the clients of {measurement} ended with {clients.wait()}")
            yield
        finally:
            clients.terminate()


def artel_statements(cluster, measurement, tasks, seconds, rows):
    return artel_bench(
        measurement, "--url", cluster.url("pgbench"), "--tasks", tasks, "--seconds", seconds, "--rows", rows)



def median(values):
    return statistics.median(values)
