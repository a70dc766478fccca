"""Sockets handed over to a real child process, as systemd does it: from descriptor 3 on, named in LISTEN_FDS."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.workspace import INHERITED_FROM_SYSTEMD, SOURCE_ROOTS

pytest.importorskip("systemd.daemon")

# Puts the descriptors of argv from 3 on, then becomes the child: the only way to know LISTEN_PID beforehand.
HAND_OVER = """
import fcntl, os, sys
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[2:]]
for number, fd in enumerate(high, 3):
    os.dup2(fd, number)
    os.close(fd)
if high or "LISTEN_FDS" in os.environ:
    os.environ.setdefault("LISTEN_FDS", str(len(high)))
    os.environ.setdefault("LISTEN_PID", str(os.getpid()))
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""

CHILD = """
import json, os, subprocess, sys
from statemachine_internal.service.activation import inherited_sockets
from statemachine_internal.errors import StateMachineError
try:
    taken = inherited_sockets()
except StateMachineError as error:
    print(json.dumps({"error": str(error), "exit_code": error.exit_code}))
    sys.exit()
seen = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
print(json.dumps({
    "paths": [s.getsockname() for s in taken],
    "blocking": [s.getblocking() for s in taken],
    "inheritable": [s.get_inheritable() for s in taken],
    "heavy": sorted({"structlog", "systemd.journal"} & set(sys.modules)),
    "children_see": [line for line in seen.splitlines() if line.startswith("LISTEN_")],
    "again": len(inherited_sockets()),
    "received": [s.accept()[0].recv(100).decode() for s in taken],
}))
for s in taken:
    s.close()
"""


def run_child(*handed_over: int, **environment: str) -> Any:
    inherited = {name: value for name, value in os.environ.items() if name not in INHERITED_FROM_SYSTEMD}
    done = subprocess.run(
        [sys.executable, "-c", HAND_OVER, CHILD, *map(str, handed_over)],
        env=inherited | {"PYTHONPATH": os.pathsep.join(map(str, SOURCE_ROOTS)), **environment},
        pass_fds=handed_over,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sm-") as name:
        yield Path(name)


@pytest.mark.req("J1")
def test_listening_sockets_are_taken_over_and_kept_from_children(folder: Path) -> None:
    paths = [str(folder / "one.sock"), str(folder / "two.sock")]
    listening, connected = [], []
    for path in paths:
        listening.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        listening[-1].bind(path)
        listening[-1].listen()
        connected.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        connected[-1].connect(path)
        connected[-1].send(path.encode())
    try:
        assert run_child(*(s.fileno() for s in listening), LISTEN_FDNAMES="a:b") == {
            "paths": paths,
            "blocking": [False, False],
            "inheritable": [False, False],
            "heavy": [],
            "children_see": [],
            "again": 0,
            "received": paths,
        }
    finally:
        for opened in listening + connected:
            opened.close()


@pytest.mark.req("J1")
def test_a_process_that_was_not_activated_has_no_sockets() -> None:
    nothing = run_child()
    assert (nothing["paths"], nothing["children_see"]) == ([], [])


@pytest.mark.req("J1")
def test_sockets_of_another_process_are_not_ours(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(folder / "s"))
        listening.listen()
        found = run_child(listening.fileno(), LISTEN_PID="1")
    assert (found["paths"], found["children_see"]) == ([], [])


@pytest.mark.req("J1")
@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("stream", "a stream socket (ListenStream=)"),
        ("datagram", "a datagram socket (ListenDatagram=)"),
        ("connection", "a connection (Accept=yes)"),
        ("network", "a network socket"),
        ("pipe", "no socket"),
    ],
)
def test_anything_else_is_refused_with_the_setting_that_mends_it(folder: Path, kind: str, named: str) -> None:
    opened: list[Any] = []
    try:
        if kind == "pipe":
            opened += [os.fdopen(fd, mode) for fd, mode in zip(os.pipe(), "rw", strict=True)]
        elif kind == "connection":
            opened += socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        elif kind == "network":
            opened.append(socket.create_server(("127.0.0.1", 0)))
        else:
            opened.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if kind == "stream" else socket.SOCK_DGRAM))
            opened[0].bind(str(folder / "s"))
            if kind == "stream":
                opened[0].listen()
        refused = run_child(opened[0].fileno())
    finally:
        for each in opened:
            each.close()
    assert f"handed over {named} as file descriptor 3" in refused["error"]
    assert "ListenSequentialPacket=" in refused["error"]
    assert refused["exit_code"] == 78


@pytest.mark.req("J1")
@pytest.mark.parametrize("count", ["many", "0", "-1", ""])
def test_broken_variables_are_a_clear_error(count: str) -> None:
    refused = run_child(LISTEN_FDS=count)
    assert "LISTEN_FDS" in refused["error"]
    assert refused["exit_code"] == 78
