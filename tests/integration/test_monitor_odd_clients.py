"""Clients that say what nobody would: each gets one clear end, the log a line at most, and others notice nothing."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from statemachine_internal.monitor.turns import BURST
from support.machines import flip, start_machine
from support.websocket import CLOSE, WebSocket
from support.workspace import Workspace
from unit.monitor.running import PATIENCE, Monitor, open_monitor

NOT_UTF_8, PROTOCOL_ERROR = 1007, 1002


def frame(first: int, data: bytes) -> bytes:
    """A frame as a client sends it, with a mask of zeros."""
    return struct.pack("!BB", first, 0x80 | len(data)) + b"\0\0\0\0" + data


CLOSED = {
    "no UTF-8": (frame(0x81, b"\xff\xfe"), NOT_UTF_8),
    "no UTF-8, twice": (frame(0x81, b"\xff\xfe") * 2, NOT_UTF_8),
    "no UTF-8 in the second piece": (frame(0x01, b"\xe2") + frame(0x80, b"\xff"), NOT_UTF_8),
    "an opcode that is none": (frame(0x83, b""), PROTOCOL_ERROR),
    "a piece of nothing": (frame(0x80, b"x"), PROTOCOL_ERROR),
}
ANSWERED = {
    "binary junk": frame(0x82, b"\xff\x00"),
    "a list": frame(0x81, b"[]"),
    "a number": frame(0x81, b"1e999"),
    "nothing": frame(0x81, b""),
    "half a surrogate pair": frame(0x81, b'{"after": "\\ud800"}'),
}
HEAD = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.fixture
def monitor(workspace: Workspace) -> Iterator[Monitor]:
    with open_monitor(workspace) as opened:
        opened.start("--port", "0", "--no-websocket")
        yield opened


@pytest.fixture
def port(monitor: Monitor) -> int:
    return monitor.ready()[0]


def assert_quiet(monitor: Monitor, lines: int = 1) -> None:
    said = [line for line in monitor.stderr().splitlines() if "monitor started" not in line]
    assert len(said) <= lines, said


@pytest.mark.req("H2")
@pytest.mark.parametrize("path", ["/ws", "/ws/ui"])
@pytest.mark.parametrize("what", CLOSED)
def test_what_is_no_text_closes_the_connection(monitor: Monitor, port: int, path: str, what: str) -> None:
    data, code = CLOSED[what]
    with WebSocket(port, path) as client:
        client._socket.sendall(data)
        while (got := client._frame())[0] != CLOSE:
            pass
        assert struct.unpack("!H", got[1][:2])[0] == code
    assert_quiet(monitor)


@pytest.mark.req("H2")
@pytest.mark.parametrize("path", ["/ws", "/ws/ui"])
def test_what_is_no_map_is_answered_and_forgotten(monitor: Monitor, port: int, path: str) -> None:
    with WebSocket(port, path) as client:
        for data in ANSWERED.values():
            client._socket.sendall(data)
            assert client.until_type("bad_request")["payload"]["error"]
    assert_quiet(monitor, 0)


@pytest.mark.req("H2")
@pytest.mark.parametrize("more", [b"X-Odd: \xe4\r\n", b"X-Long: " + b"x" * 20_000 + b"\r\n", b"X: y\r\n" * 300])
def test_an_odd_opening_has_one_line_in_the_log_at_most(monitor: Monitor, port: int, more: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(HEAD + more + b"\r\n")
        assert client.recv(9) == b"HTTP/1.1 "
    assert_quiet(monitor)


@pytest.mark.req("H1")
def test_what_is_no_http_has_one_line_in_the_log(monitor: Monitor, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(b"\x16\x03\x01\x02\x00\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 400"
    assert_quiet(monitor)


@pytest.mark.req("P11")
def test_who_floods_is_heard_slowly_and_nobody_else_is_held_up(
    monitor: Monitor, port: int, workspace: Workspace
) -> None:
    start_machine(workspace, "lamp")
    flip(workspace, "lamp", 2000)
    with WebSocket(port, "/ws") as flooding, WebSocket(port, "/ws") as other:
        other.until_type("initial")
        flooding.until_type("initial")
        flooding._socket.sendall(frame(0x81, b'{"after":0}') * 500)
        heard = 0
        for _ in range(BURST):
            other.say({"type": "ping"})
            assert other.hear()["type"] == "pong"
        # All that was asked for many times comes a few times: rows are sent anew only from the start.
        for _ in range(2000):
            heard += flooding.hear()["id"] == 1
        assert heard <= BURST + 2
    assert_quiet(monitor, 0)
