"""A change of state, from its commit to fifty browsers."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.rig import TOGGLE, Follower, connect, drive, p50, place, start, wait_for
from bench.table import Row
from support.websocket import WebSocket
from support.workspace import Running, Workspace

CLIENTS = 50
COUNT = 300
BUDGET_MS = 2.0


def measure() -> Iterator[Row]:
    """One change at a time: from the ring that follows its commit until each of the clients has its message.

    The clients share the processor with the monitor, as browsers on the same host would. The clock starts when a
    follower of the feed hears the ring, which the monitor hears at the same time.
    """
    with place() as workspace:
        monitor, port = _monitor(workspace)
        machine = start(workspace, "toggle", TOGGLE)
        clients = [WebSocket(port, "/ws") for _ in range(CLIENTS)]
        for client in clients:
            client.until_type("initial")
        every: list[float] = []
        last: list[float] = []
        with (
            selectors.DefaultSelector() as ready,
            connect(workspace, "toggle") as connection,
            Follower("bench") as bell,
        ):
            for client in clients:
                ready.register(client, selectors.EVENT_READ, client)
            drive(connection, 20, 1)
            _settle(clients, ready)
            bell.drain()
            for _ in range(COUNT):
                drive(connection, 1, 1)
                bell.wait(5.0)
                began = time.perf_counter()
                arrived = _arrivals(ready)
                every += [moment - began for moment in arrived]
                last.append(max(arrived) - began)
        for client in clients:
            client.close()
        machine.stop()
        monitor.stop()
    took, slowest = p50(every) * 1000, p50(last) * 1000
    yield Row(
        what=f"state change to {CLIENTS} WebSocket clients, from the commit",
        measured=f"the last of them p50 {slowest:.2f} ms, each p50 {took:.2f} ms",
        floor=f"budget {BUDGET_MS:.0f} ms",
        ratio=slowest / BUDGET_MS,
        at_most=1.0,
    )


def _arrivals(ready: selectors.BaseSelector) -> list[float]:
    """When each client's next message came."""
    arrived: dict[int, float] = {}
    while len(arrived) < CLIENTS:
        for key, _ in ready.select(5.0):
            moment = time.perf_counter()
            key.data.until_type("state_change")
            arrived[key.fd] = moment
    return list(arrived.values())


def _settle(clients: list[WebSocket], ready: selectors.BaseSelector) -> None:
    """Read what is on its way."""
    while events := ready.select(0.3):
        for key, _ in events:
            key.data.hear()
    assert len(clients) == CLIENTS


def _monitor(workspace: Workspace) -> tuple[Running, int]:
    out, err = workspace.path / "monitor.out", workspace.path / "monitor.err"
    argv = [sys.executable, "-m", "statemachine_cmd.ui", "--port", "0", "--no-websocket"]
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(argv, env=dict(workspace.env) | _path(), stdout=stdout, stderr=stderr)
    running = Running(process=process, stdout_path=out, stderr_path=err)
    workspace.running.append(running)
    wait_for(lambda: "monitor started" in running.stderr(), running)
    found = re.search(r"http://[^ ]*:(\d+)", running.stderr())
    if found is None:
        raise SystemExit("bench: the monitor named no port")
    return running, int(found[1])


def _path() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "")}
