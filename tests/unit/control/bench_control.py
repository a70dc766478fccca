"""What the control socket and the feed's bell cost; prints a table.

    PYTHONPATH=internal:tests python tests/unit/control/bench_control.py

The server's cost is CPU time of its own process: it reads, parses and replies at once, to one client with 64 in flight.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import time
from collections.abc import Callable

from statemachine_internal.control.client import Connection, send
from statemachine_internal.control.doorbell import ring
from statemachine_internal.control.envelope import accepted, encode_message, parse_message
from statemachine_internal.control.server import Arrival, ControlServer
from statemachine_internal.feed.follow import Follower
from statemachine_internal.feed.wakeup import FeedBell
from unit.control.served import folder, listener

MESSAGE = encode_message(
    "job_done", {"file": "/srv/in/a.csv", "rows": 312}, job_id="j-1", source="cli", uid=os.urandom(16).hex()
)
MESSAGES = 100_000
IN_FLIGHT = 64


def shown(name: str, microseconds: float) -> None:
    print(f"{name:<58} {microseconds:8.2f} µs")


def timed(name: str, function: Callable[[], object], count: int, repeat: int = 5) -> None:
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        for _ in range(count):
            function()
        best = min(best, time.perf_counter() - start)
    shown(name, best / count * 1e6)


def start_client(sock: socket.socket) -> int:
    """Fork a client that keeps 64 messages in flight; returns its pid."""
    if pid := os.fork():
        return pid
    for _ in range(IN_FLIGHT):
        sock.send(MESSAGE)
    for _ in range(MESSAGES - IN_FLIGHT):
        sock.recv(4096)
        sock.send(MESSAGE)
    for _ in range(IN_FLIGHT):
        sock.recv(4096)
    os._exit(0)


def pipelined(path: str, batch: int) -> None:
    """One client, 64 in flight, and a machine that replies after each ``batch`` messages."""
    loop = asyncio.new_event_loop()
    waiting: list[Arrival] = []
    seen = 0

    def commit() -> None:
        for arrival in waiting:
            arrival.reply(accepted(17))
        waiting.clear()

    def on_message(arrival: Arrival) -> None:
        nonlocal seen
        seen += 1
        if batch == 1:
            arrival.reply(accepted(17))
        else:
            if not waiting:
                loop.call_soon(commit)
            waiting.append(arrival)
        if seen == MESSAGES:
            loop.call_soon(loop.stop)

    with listener(path) as sock:
        server = ControlServer(sock, on_message, loop=loop, own_path=path)
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.connect(path)
        pid = start_client(client)
        before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        loop.run_forever()
        elapsed, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
        os.waitpid(pid, 0)
        client.close()
        server.close()
    loop.close()
    user = (after.ru_utime - before.ru_utime) / MESSAGES * 1e6
    system = (after.ru_stime - before.ru_stime) / MESSAGES * 1e6
    how = "at once" if batch == 1 else "together"
    print(
        f"64 in flight, replies {how:<9} {MESSAGES / elapsed:9.0f}/s, "
        f"server's CPU a message: {user + system:.2f} µs (user {user:.2f}, system {system:.2f})"
    )


def from_outside(path: str) -> None:
    loop = asyncio.new_event_loop()

    def on_message(arrival: Arrival) -> None:
        if not arrival.message.is_wake:
            arrival.reply(accepted(1))

    with listener(path, 4096) as sock:
        server = ControlServer(sock, on_message, loop=loop, own_path=path)
        pid = os.fork()
        if not pid:
            loop.run_forever()
        timed("ring a machine's doorbell", lambda: ring(path), 2000)
        timed("send: connect, send, reply, close", lambda: send("m", "go", {"n": 1}, source="b", path=path), 2000)
        with Connection(path) as connection:

            def once() -> None:
                connection.send_nowait(MESSAGE)
                connection.receive()

            timed("send and reply on one connection", once, 5000)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        server.close()
    loop.close()
    timed("ring where nobody listens", lambda: ring(path), 5000)


def feed(base: str) -> None:
    os.mkdir(f"{base}/feed")
    os.utime(f"{base}/feed", ns=(0, 0))
    with FeedBell(f"{base}/events.sock", f"{base}/feed") as bell:
        timed("feed: ring, nobody follows", lambda: bell.ring(123456), 20_000)
        with Follower("bench", f"{base}/feed") as follower:
            os.utime(f"{base}/feed", ns=(1, 1))
            timed("feed: ring, one follower whose queue is full", lambda: bell.ring(123456), 20_000)
            assert follower.drain()


def main() -> None:
    timed("json.loads alone (the floor of the next)", lambda: json.loads(MESSAGE), 50_000)
    view = memoryview(MESSAGE)
    timed(f"parse_message, {len(MESSAGE)} bytes", lambda: parse_message(view), 50_000)
    large = memoryview(encode_message("go", {"text": "x" * 150_000}))
    timed("parse_message, 150 KB", lambda: parse_message(large), 500)
    with folder() as base:
        pipelined(f"{base}/m.sock", 1)
        pipelined(f"{base}/m.sock", 64)
        from_outside(f"{base}/m.sock")
        feed(base)


if __name__ == "__main__":
    main()
