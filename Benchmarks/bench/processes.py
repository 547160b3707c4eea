"""Starting, asking and weighing the programs that are compared."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

from machine import ROOT

ARTEL = ROOT / ".build" / "release" / "artel"
READY_SECONDS = 120


class Failed(Exception):
    """A measurement that cannot be trusted, with the reason."""


def as_artel(command):
    """The command as the user that owns the cluster: the system user when started by root, else oneself."""
    return ["runuser", "-u", "artel", "--", *map(str, command)] if os.geteuid() == 0 else list(map(str, command))


def output(command, **options):
    """What the command printed; a failure carries what it said."""
    run = subprocess.run(
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if run.returncode:
        raise Failed(f"{' '.join(map(str, command))[:200]}\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return run.stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A program that answers on a port."""

    def __init__(self, name, command, environment=None, folder=ROOT, log=None):
        self.name, self.command, self.folder, self.log = name, list(map(str, command)), folder, log
        self.environment = os.environ | (environment or {})
        self.port, self.process = None, None

    def start(self):
        """Starts it and waits until it is ready; returns the seconds from start to ready."""
        self.port = self.port or free_port()
        command = [part.replace("{port}", str(self.port)) for part in self.command]
        with open(self.log or os.devnull, "ab") as log:
            began = time.perf_counter()
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=log, start_new_session=True)
        while not self._is_ready():
            if self.process.poll() is not None or time.perf_counter() - began > READY_SECONDS:
                raise Failed(f"{self.name} did not start; its log is {self.log}")
            time.sleep(0.002)
        return time.perf_counter() - began

    def _is_ready(self):
        try:
            return self.get("/health/ready")[0] == 200
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def get(self, path, headers=None):
        return self.call("GET", path, None, headers)

    def call(self, method, path, body=None, headers=None):
        """(status, body) of one request."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"content-type": "application/json"} | (headers or {}))
            response = connection.getresponse()
            return response.status, response.read()


def resident_bytes(pid):
    """Memory that the process holds, shared parts included."""
    return _sum_of("status", "VmRSS", [pid])


def proportional_bytes(pids):
    """Memory of several processes, each shared page counted once among them."""
    return _sum_of("smaps_rollup", "Pss", pids)


def _sum_of(file, field, pids):
    total = 0
    for pid in pids:
        try:
            lines = pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            # One of PostgreSQL's workers that has ended since they were listed.
            continue
        for line in lines:
            if line.startswith(f"{field}:"):
                total += int(line.split()[1]) * 1024
    return total


def with_descendants(pid):
    """The process and everything below it."""
    children = {}
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = status.read_text()
            parent = int(text.rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(status.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found
