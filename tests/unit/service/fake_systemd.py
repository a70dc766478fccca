"""The ends of systemd's sockets, for tests: what arrives is read as the protocols say."""

from __future__ import annotations

import socket
from pathlib import Path


class Receiver:
    """A bound datagram socket."""

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.socket.setblocking(False)

    def datagrams(self) -> list[bytes]:
        """All that has arrived. A local datagram is there as soon as its sender returns."""
        received = []
        while True:
            try:
                received.append(self.socket.recv(1 << 20))
            except BlockingIOError:
                return received

    def messages(self) -> list[str]:
        return [datagram.decode() for datagram in self.datagrams()]

    def records(self) -> list[dict[str, str]]:
        return [{name: value.decode() for name, value in parsed(datagram)} for datagram in self.datagrams()]

    def record(self) -> dict[str, str]:
        (record,) = self.records()
        return record


def parsed(data: bytes) -> list[tuple[str, bytes]]:
    """One entry of https://systemd.io/JOURNAL_NATIVE_PROTOCOL as names and values."""
    fields = []
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(rest[:8], "little")
            value, end, data = rest[8 : 8 + length], rest[8 + length : 9 + length], rest[9 + length :]
            assert end == b"\n"
            assert len(value) == length
        else:
            data = rest
        assert name
        fields.append((name.decode(), value))
    return fields
