"""The floor of the queue: what bare apsw does with our table, one commit a job, and nothing around it.

``python -m bench.bare_queue DATABASE NAME`` is one such worker. It says ``ready``; for each line that it is given it
completes and claims until nothing is left, and says how long each commit took, in seconds, as JSON. With a path for a
socket as third argument it waits there to be woken, claims one job for each datagram, and says when it had it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from statemachine_internal.store.connection import connect
from support.workspace import ROOT, Workspace

TYPE = "count"
COMPLETE = "UPDATE jobs SET status = 'completed', machine = NULL, progress = 100, finished = ?2 WHERE id = ?1"
CLAIM = """
UPDATE jobs SET status = 'processing', machine = ?1, attempts = attempts + 1, started = ?2
WHERE seq = (SELECT seq FROM jobs WHERE status = 'pending' AND type = ?3 ORDER BY priority, seq LIMIT 1)
RETURNING id, payload
"""


def work_off(connection: apsw.Connection, name: str) -> list[float]:
    """Complete one and claim the next in each commit, until none is left."""
    taken: list[float] = []
    job: str | None = None
    while True:
        started = time.perf_counter()
        job = _commit(connection, name, job)
        taken.append(time.perf_counter() - started)
        if job is None:
            return taken


def _commit(connection: apsw.Connection, name: str, done: str | None) -> str | None:
    execute = connection.cursor().execute
    execute("BEGIN IMMEDIATE")
    now = time.time_ns() // 1000
    if done is not None:
        execute(COMPLETE, (done, now))
    rows = execute(CLAIM, (name, now, TYPE)).fetchall()
    execute("COMMIT")
    return rows[0][0] if rows else None  # type: ignore[return-value]


@dataclass(kw_only=True)
class BareQueue:
    """A number of bare workers on a database of their own."""

    path: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, workspace: Workspace, count: int, *arguments: str | Path) -> None:
        """Start the workers, and wait until each is ready."""
        connect(str(self.path)).close()
        roots = os.pathsep.join([workspace.env["PYTHONPATH"], str(ROOT / "tests")])
        for number in range(count):
            argv = [sys.executable, "-m", "bench.bare_queue", str(self.path), f"bare-{number}", *map(str, arguments)]
            env = workspace.env | {"PYTHONPATH": roots}
            self.processes.append(
                subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
        for process in self.processes:
            _line(process)

    def run(self) -> list[float]:
        """Let all of them go; returns the seconds of each commit, when all have found nothing more."""
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [seconds for process in self.processes for seconds in json.loads(_line(process))]

    def woken(self) -> int:
        """When the only worker, just woken, had its job: microseconds since 1970."""
        return int(_line(self.processes[0]))

    def stop(self) -> None:
        """End them, each by its own process."""
        for process in self.processes:
            process.kill()
            process.communicate()
        self.processes.clear()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("bench: a bare worker ended")
    return line


def main(path: str, name: str, wake: str | None = None) -> None:
    connection = connect(path)
    if wake is None:
        print("ready", flush=True)
        for _ in sys.stdin:
            print(json.dumps(work_off(connection, name)), flush=True)
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.bind(wake)
        print("ready", flush=True)
        job: str | None = None
        while bell.recv(16):
            job = _commit(connection, name, job)
            print(time.time_ns() // 1000, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
