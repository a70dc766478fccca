"""Real machines and a real monitor in a workspace, for pages to look at."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any

import apsw

from support.watch import Watch
from support.workspace import Workspace, open_workspace
from ui.definitions import MACHINES
from unit.monitor.running import PATIENCE, Monitor, open_monitor


class Stage:
    """What runs, and how a test makes things happen behind the pages' back."""

    def __init__(self, workspace: Workspace, monitor: Monitor) -> None:
        self.workspace, self.monitor = workspace, monitor
        self.port = free_port()

    def start_monitor(self, *arguments: str) -> None:
        """Start the monitor, always on the same port, and wait until it serves."""
        self.monitor.start("--port", str(self.port), "--no-websocket", *arguments)
        self.monitor.ready()

    def stop_monitor(self) -> None:
        assert self.monitor.running is not None
        self.monitor.running.kill()

    def url(self, place: str = "") -> str:
        return f"http://127.0.0.1:{self.port}/{place}"

    def tell(self, *arguments: str) -> str:
        """Run ``statemachine-db``; returns what it printed."""
        done = self.workspace.run("statemachine-db", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def post(self, path: str, **body: Any) -> None:
        """Order something at the monitor, as a program would."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("POST", f"/api/{path}", json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert answer.status < 300, answer.read()

    def send(self, target: str, *types: str, payload: dict[str, Any] | None = None) -> None:
        """Send events, all with this payload; each is accepted before the next one is sent."""
        for type in types:
            self.post("events", target=target, type=type, payload=payload or {})

    def add_job(self, id: str, type: str = "upload", **rest: Any) -> None:
        self.post("jobs", id=id, type=type, **rest)

    def add_failed_job(self, id: str, **rest: Any) -> None:
        self.add_job(id, max_attempts=1, **rest)
        self.post(f"jobs/{id}/fail", reason=f"no room for {id}")

    def fill(self, sql: str, *values: Any) -> None:
        """Write rows behind everybody's back, so many that nobody would wait for them one by one."""
        connection = apsw.Connection(str(self.workspace.database))
        try:
            with connection:
                connection.cursor().execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
                connection.cursor().execute(sql, values)
        finally:
            connection.close()

    def fill_jobs(self, count: int, status: str = "pending", type: str = "bulk") -> None:
        """Jobs that nobody works on, named after their type and a number from 1."""
        finished = "NULL" if status in ("pending", "scheduled") else "1700000000000000 + n"
        self.fill(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)"
            " INSERT INTO jobs"
            " (id, type, payload, priority, status, attempts, max_attempts, run_after, created, finished)"
            f" SELECT ?2 || '-' || n, ?2, '{{}}', 5, ?3, 0, 1, 0, 1700000000000000 + n, {finished} FROM numbers",
            count,
            type,
            status,
        )

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = apsw.Connection(str(self.workspace.database), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return connection.cursor().execute(sql, values).fetchall()
        finally:
            connection.close()


@contextlib.contextmanager
def open_stage(machines: dict[str, str] = MACHINES) -> Iterator[Stage]:
    """Start the machines and the monitor; all is ended and removed afterwards."""
    with open_workspace() as workspace, open_monitor(workspace) as monitor, Watch(workspace) as watch:
        started = {
            name: workspace.start("statemachine", workspace.write(f"{name}.yaml", text), "--machine-name", name)
            for name, text in machines.items()
        }
        for name, running in started.items():
            watch.started(name, running)
        stage = Stage(workspace, monitor)
        stage.start_monitor()
        yield stage


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
