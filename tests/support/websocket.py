"""A WebSocket client of a few lines (RFC 6455): the library's own client differs from version to version."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Self

PATIENCE = 20.0  # seconds without a message
LONGEST = 60.0  # seconds with messages, such as pings, of which none is the one that is wanted
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Refused(Exception):
    """The server didn't open it."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"HTTP {status}")


class Closed(Exception):
    """The connection has ended."""


class WebSocket:
    """A connection to ``ws://127.0.0.1:PORT/PATH``."""

    def __init__(self, port: int, path: str, headers: dict[str, str] | None = None, receive_buffer: int = 0) -> None:
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(("127.0.0.1", port))
        self._buffer = b""
        lines = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **(headers or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._socket.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        answer, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *rest = answer.decode("latin-1").split("\r\n")
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        status = int(first.split()[1])
        if status != 101:
            self._socket.close()
            raise Refused(status)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def say(self, message: object) -> None:
        """Send a message, as JSON unless it is text already."""
        text = message if isinstance(message, str) else json.dumps(message)
        self._send(TEXT, text.encode())

    def hear(self) -> dict[str, Any]:
        """The next message."""
        while True:
            opcode, data = self._frame()
            if opcode == TEXT:
                found: dict[str, Any] = json.loads(data)
                return found
            if opcode == PING:
                self._send(PONG, data)
            elif opcode == CLOSE:
                raise Closed

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Messages up to the first that is wanted; returns that."""
        deadline = time.monotonic() + LONGEST
        while not wanted(message := self.hear()):
            assert time.monotonic() < deadline, f"the last of those that were not wanted: {message}"
        return message

    def until_type(self, type: str) -> dict[str, Any]:
        return self.until(lambda message: message["type"] == type)

    def _send(self, opcode: int, data: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        if len(data) < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | len(data))
        else:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(data))
        self._socket.sendall(head + mask + masked)

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._exactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        return first & 0x0F, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _fill(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise Closed
        self._buffer += data
