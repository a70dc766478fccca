"""A monitor as a process of its own, started as systemd starts it, and a client that asks it."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.workspace import Running, Workspace

PATIENCE = 30.0  # seconds
UI = "statemachine_cmd.ui"
WEBSOCKET_SERVER = "statemachine_engine.monitoring.websocket_server"

# Puts the descriptors of argv from 3 on, then becomes the program: the only way to know LISTEN_PID beforehand.
HAND_OVER = """
import fcntl, os, sys
count = int(sys.argv[1])
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[2 : 2 + count]]
for number, fd in enumerate(high, 3):
    os.dup2(fd, number)
    os.close(fd)
os.environ.update(LISTEN_FDS=str(count), LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, *sys.argv[2 + count :]])
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any


class Monitor:
    """A monitor in a workspace, and the socket at which it reports to systemd."""

    def __init__(self, workspace: Workspace, name: str = "notify.sock") -> None:
        self.workspace = workspace
        self.address = workspace.path / name
        self._systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._systemd.bind(str(self.address))
        self._systemd.settimeout(PATIENCE)
        self.running: Running | None = None

    def start(
        self,
        *arguments: str,
        module: str = UI,
        handed_over: tuple[socket.socket, ...] = (),
        wrapper: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
    ) -> Running:
        """Start the program; it is killed at the end of the test if it is still alive."""
        argv = [sys.executable, "-m", module, *arguments]
        if handed_over:
            numbers = [str(each.fileno()) for each in handed_over]
            argv = [sys.executable, "-c", HAND_OVER, str(len(numbers)), *numbers, *argv[1:]]
        out, err = self.workspace.path / "monitor.out", self.workspace.path / "monitor.err"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [*wrapper, *argv],
                cwd=self.workspace.path,
                env=self.workspace.env | {"NOTIFY_SOCKET": str(self.address)} | (env or {}),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=[each.fileno() for each in handed_over],
            )
        self.running = Running(process=process, stdout_path=out, stderr_path=err)
        self.workspace.running.append(self.running)
        return self.running

    def told(self) -> str:
        """The next message to systemd."""
        try:
            return self._systemd.recv(4096).decode()
        except TimeoutError as error:
            raise AssertionError(f"it said nothing to systemd; on stderr: {self.stderr()}") from error

    def until_told(self, line: str) -> str:
        """Wait for a message to systemd with this line."""
        while line not in (message := self.told()).splitlines():
            pass
        return message

    def ready(self) -> list[int]:
        """Wait until it serves; returns the TCP ports."""
        return [int(port) for port in re.findall(r"http://[^, ]*:(\d+)", self.until_told("READY=1"))]

    def stderr(self) -> str:
        return "" if self.running is None else self.running.stderr()

    def close(self) -> None:
        self._systemd.close()


@contextlib.contextmanager
def open_monitor(workspace: Workspace, name: str = "notify.sock") -> Iterator[Monitor]:
    """A monitor; a second one in the same workspace takes another name for the socket of its reports."""
    monitor = Monitor(workspace, name)
    try:
        yield monitor
    finally:
        monitor.close()


def ask(
    where: int | Path,
    path: str = "/health",
    *,
    method: str = "GET",
    host: str | None = "localhost",
    headers: dict[str, str] | None = None,
    body: object = None,
) -> Answer:
    """One request to a port of 127.0.0.1, or to a Unix socket, with this Host header (None: without one).

    A ``body`` is sent as JSON, bytes as they are.
    """
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    given = {"Content-Type": "application/json", "Content-Length": str(len(data))} if data else {}
    connection = http.client.HTTPConnection("127.0.0.1", where if isinstance(where, int) else 0, timeout=PATIENCE)
    if isinstance(where, Path):
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.connect(str(where))
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_host=True)
        if host is not None:
            connection.putheader("Host", host)
        for name, value in (given | (headers or {})).items():
            connection.putheader(name, value)
        connection.endheaders(data or None)
        response = connection.getresponse()
        text = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(
            status=response.status,
            headers=headers,
            body=json.loads(text) if text and "json" in headers.get("content-type", "") else text,
        )


def order(where: int | Path, path: str, body: object = None, **more: Any) -> Answer:
    """One POST request."""
    return ask(where, path, method="POST", body=body, **more)
