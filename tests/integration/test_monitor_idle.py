"""P9: a monitor at rest wakes for the watchdog and for nothing else."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from support.websocket import WebSocket
from support.workspace import Workspace
from unit.monitor.running import ask, open_monitor

INTERVALS = 5
INTERVAL = 2.0  # seconds: with the five, a window of ten
SETTLING = 3
"""Intervals before it. uvicorn 0.17.6 keeps the timer of a keep-alive connection, 5 s, when the client has gone."""
ONCE = "{name: once, initial_state: done, final: [done]}"
CALL = re.compile(r"^\d+\s+(\d+\.\d+) (\w+)\(")


@pytest.mark.req("P9")
@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")
def test_an_idle_monitor_wakes_for_the_watchdog_alone(workspace: Workspace) -> None:
    trace = workspace.path / "trace"
    assert workspace.run("statemachine", workspace.write("once.yaml", ONCE)).returncode == 0  # there is a feed
    with open_monitor(workspace) as monitor:
        running = monitor.start(
            "--port", "0", "--websocket-port", "0",
            wrapper=("strace", "-f", "-ttt", "-o", str(trace)),
            env={"WATCHDOG_USEC": str(int(INTERVAL * 3_000_000))},
        )  # fmt: skip
        for port in monitor.ready():
            # The threads that answered must not tick either, nor what followed the feed for a client who is gone.
            assert ask(port, "/api/jobs").status == 200
            with WebSocket(port, "/ws") as client:
                client.until_type("initial")
        # The pings are the clock; strace says what was between the first and the last.
        for _ in range(SETTLING + INTERVALS + 2):
            monitor.until_told("WATCHDOG=1")
        pid = int(Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text())
        os.kill(pid, signal.SIGTERM)  # strace ends with it, and with its status
        assert running.wait() == 0
    lines = trace.read_text(errors="replace").splitlines()
    pings = [number for number, line in enumerate(lines) if '"WATCHDOG=1"' in line][
        SETTLING + 1 : SETTLING + INTERVALS + 2
    ]
    between = [match for line in lines[pings[0] : pings[-1]] if (match := CALL.match(line)) is not None]
    assert float(between[-1][1]) - float(between[0][1]) >= INTERVAL * (INTERVALS - 1)
    names = [match[2] for match in between]
    assert names.count("epoll_wait") == INTERVALS, names
    assert set(names) <= {"epoll_wait", "ioctl", "sendto"}, names
