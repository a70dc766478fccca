"""The monitor on sockets that systemd opened, and what it tells systemd."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from support.workspace import Workspace
from unit.monitor.running import Monitor, ask, open_monitor


@pytest.fixture
def monitor(workspace: Workspace) -> Iterator[Monitor]:
    with open_monitor(workspace) as opened:
        yield opened


@pytest.mark.req("H1")
def test_every_socket_that_is_handed_over_is_served_and_no_other_opened(monitor: Monitor, workspace: Workspace) -> None:
    path = workspace.path / "monitor.sock"
    with ExitStack() as stack:
        tcp = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        unix = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        unix.bind(str(path))
        unix.listen()
        # The port of --port is in use, and nobody minds.
        ports = [each.getsockname()[1] for each in tcp]
        running = monitor.start("--port", str(ports[0]), handed_over=(*tcp, unix))
        told = monitor.until_told("READY=1")
        assert f"serving on http://127.0.0.1:{ports[0]}, " in told
        assert f"unix:{path}" in told
        for where in (*ports, path):
            assert ask(where).status == 200
            assert ask(where, host="evil.example").status == 421
        assert running.stop() == 0
        # systemd's own still listen, and who connects now waits for the next start.
        for each in tcp:
            socket.create_connection(each.getsockname()).close()
        assert path.exists()


@pytest.mark.req("H1")
def test_who_connected_while_no_monitor_ran_is_answered(monitor: Monitor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as early:
        early.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        monitor.start(handed_over=(listener,))
        assert early.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.req("H1")
@pytest.mark.parametrize("kind", ["seqpacket", "datagram", "connection"])
def test_what_is_no_stream_is_refused_with_the_setting_that_mends_it(
    monitor: Monitor, workspace: Workspace, kind: str
) -> None:
    with ExitStack() as stack:
        if kind == "connection":
            given, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            stack.enter_context(other)
        else:
            given = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET if kind == "seqpacket" else socket.SOCK_DGRAM)
            given.bind(str(workspace.path / "s"))
            if kind == "seqpacket":
                given.listen()
        stack.enter_context(given)
        running = monitor.start(handed_over=(given,))
        assert running.wait() == 78
    assert "ListenStream=" in running.stderr()
    assert running.stderr().count("\n") == 1


@pytest.mark.req("H1")
def test_sockets_of_another_process_are_not_ours(monitor: Monitor) -> None:
    monitor.start("--port", "0", "--no-websocket", env={"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})
    (port,) = monitor.ready()
    assert ask(port).status == 200


@pytest.mark.req("J1")
def test_the_loop_feeds_the_watchdog(monitor: Monitor) -> None:
    monitor.start("--port", "0", "--no-websocket", env={"WATCHDOG_USEC": "300000"})
    assert monitor.ready()
    for _ in range(3):
        assert monitor.told() == "WATCHDOG=1"
