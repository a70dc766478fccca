"""What the measurements share: a scratch place, machines in it, and how a number is taken."""

from __future__ import annotations

import os
import socket
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from statemachine_internal.control.client import Connection
from statemachine_internal.control.envelope import encode_message
from statemachine_internal.feed.follow import Follower
from support.workspace import Running, Workspace, open_workspace

REPLY_SIZE = 4096  # bytes

TOGGLE = """
name: toggle
initial_state: off
transitions:
  - {from: off, to: on, event: flip}
  - {from: on, to: off, event: flip}
"""


@contextmanager
def place() -> Iterator[Workspace]:
    """A scratch folder; what runs in it is ended with it. This process sees the same database and sockets."""
    with open_workspace() as workspace:
        before = dict(os.environ)
        os.environ.update({name: value for name, value in workspace.env.items() if name.startswith("STATEMACHINE_")})
        try:
            yield workspace
        finally:
            os.environ.clear()
            os.environ.update(before)


def start(workspace: Workspace, name: str, text: str) -> Running:
    """Run a machine, and wait until it listens."""
    path = workspace.write(f"{name}.yaml", text)
    running = workspace.start("statemachine", path, "--machine-name", name)
    socket = workspace.runtime_dir / "control" / f"{name}.sock"
    wait_for(socket.exists, running)
    return running


def wait_for(condition: Callable[[], bool], running: Running, limit: float = 30.0) -> None:
    """Wait for something that has no bell of its own."""
    deadline = time.monotonic() + limit
    while not condition():
        if running.process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"bench: a machine did not come up: {running.stderr()}")
        time.sleep(0.002)


def connect(workspace: Workspace, name: str) -> Connection:
    """A connection to a running machine."""
    return Connection(str(workspace.runtime_dir / "control" / f"{name}.sock"), timeout=30.0)


def drive(connection: Connection, count: int, in_flight: int, type: str = "flip") -> tuple[float, list[float]]:
    """Send ``count`` events, at most ``in_flight`` without a reply.

    Returns events a second, and each latency in seconds. The messages are made beforehand, and a reply is only
    looked at: what is measured is the machine, not its sender.
    """
    messages = [encode_message(type, {}, source="bench", uid=os.urandom(16).hex()) for _ in range(count)]
    sender = socket.socket(fileno=os.dup(connection.fileno()))
    sender.setblocking(True)
    send, receive, clock = sender.send, sender.recv, time.perf_counter
    sent: deque[float] = deque()
    latencies: list[float] = []
    started = clock()
    for message in messages:
        if len(sent) == in_flight:
            _accepted(receive(REPLY_SIZE))
            latencies.append(clock() - sent.popleft())
        sent.append(clock())
        send(message)
    while sent:
        _accepted(receive(REPLY_SIZE))
        latencies.append(clock() - sent.popleft())
    took = clock() - started
    sender.setblocking(False)
    sender.close()
    return count / took, latencies


def _accepted(reply: bytes) -> None:
    if not reply.startswith(b'{"ok":true'):
        raise SystemExit(f"bench: a machine did not accept an event: {reply!r}")


def p50(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)


__all__ = ["TOGGLE", "Follower", "connect", "drive", "p50", "place", "start", "wait_for"]
