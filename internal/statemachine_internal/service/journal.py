"""Records to journald, in its native protocol.

Sources: https://systemd.io/JOURNAL_NATIVE_PROTOCOL and systemd.journal-fields(7). The datagrams are our own because
libsystemd's sender waits while journald's queue is full, and a machine must not wait for its log.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, MutableMapping
from typing import Any, Final

from .vocabulary import EXCEPTION, JOURNAL_NAMES, LEVEL, LEVELS, TEXT, TRACEBACK, as_text, traceback_text

JOURNAL_SOCKET: Final = "/run/systemd/journal/socket"
IDENTIFIER: Final = "statemachine"

Fields = list[tuple[str, str]]

_SHORT: Final = 4096
"""Characters left of a value in a record that was too large for a datagram."""
_GONE: Final = frozenset({errno.ECONNREFUSED, errno.ECONNRESET, errno.ENOENT, errno.ENOTCONN, errno.EPIPE, errno.EBADF})


def journal_is_stderr(descriptor: int = 2) -> bool:
    """True if this descriptor leads to journald, by the numbers that JOURNAL_STREAM has for it (systemd.exec(5))."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def journal_fields(
    _logger: object, method: str, record: MutableMapping[str, Any]
) -> tuple[tuple[Fields], dict[str, Any]]:
    """The last structlog processor: a record as journal fields. Keys without a value (None) have no field."""
    text = as_text(record.pop(TEXT))
    level = LEVELS.get(record.pop(LEVEL, method)) or LEVELS["info"]
    if EXCEPTION in record:
        found = traceback_text(record.pop(EXCEPTION))
        if found is not None:
            record[TRACEBACK] = found
    traceback = record.get(TRACEBACK)
    if traceback is not None:
        text = f"{text}\n{traceback}"
    fields = [("MESSAGE", text), ("PRIORITY", level.priority), ("SYSLOG_IDENTIFIER", IDENTIFIER)]
    fields += [
        (JOURNAL_NAMES[key], value if value.__class__ is str else as_text(value))
        for key, value in record.items()
        if value is not None
    ]
    return (fields,), {}


def datagram(fields: Iterable[tuple[str, str]]) -> bytes:
    """One entry. A value with a line feed is written with its length, so no value can pass for a field."""
    lines = "".join([f"{name}={value}\n" for name, value in fields if "\n" not in value])
    blocks = [_block(name, _bytes(value)) for name, value in fields if "\n" in value]
    return b"".join([_bytes(lines), *blocks])


def _block(name: str, value: bytes) -> bytes:
    return b"%s\n%s%s\n" % (name.encode(), len(value).to_bytes(8, "little"), value)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")  # bytes that came in as bytes go out as the same bytes
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def shortened(fields: Fields, length: int = _SHORT) -> Fields:
    """The fields with long values cut, each with a note of how much is gone."""
    return [
        (name, value if len(value) <= length else f"{value[:length]} [cut here, {len(value) - length} characters more]")
        for name, value in fields
    ]


class JournalSink:
    """A structlog logger whose methods take fields and send them to journald.

    It never waits and never raises. What journald has no room for is counted, and the count is a record of its own as
    soon as there is room again.
    """

    def __init__(self, address: str = JOURNAL_SOCKET) -> None:
        self._address = address
        self._socket = self._connected()
        self.dropped = 0

    def write(self, fields: Fields) -> None:
        """One record."""
        if self.dropped and self._sent(_drop_note(self.dropped, fields)):
            self.dropped = 0
        if not self._sent(fields):
            self.dropped += 1

    debug = info = warning = error = critical = write

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _connected(self) -> socket.socket | None:
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        opened.setblocking(False)
        try:
            opened.connect(self._address)
        except OSError:
            opened.close()
            return None
        return opened

    def _sent(self, fields: Fields) -> bool:
        data = datagram(fields)
        reason = self._failure(data)
        if reason in _GONE:
            self.close()
            self._socket = self._connected()
            reason = self._failure(data)
        if reason == errno.EMSGSIZE:
            reason = self._failure(datagram(shortened(fields)))
        return reason == 0

    def _failure(self, data: bytes) -> int:
        if self._socket is None:
            return errno.ENOTCONN
        try:
            self._socket.send(data)
        except OSError as error:
            return error.errno or errno.EIO
        return 0


def _drop_note(count: int, fields: Fields) -> Fields:
    note = [
        ("MESSAGE", f"{count} log records before this one were lost: the journal had no room for them"),
        ("PRIORITY", LEVELS["warning"].priority),
        ("SYSLOG_IDENTIFIER", IDENTIFIER),
        ("STATEMACHINE_DROPPED", str(count)),
    ]
    return note + [field for field in fields if field[0] == JOURNAL_NAMES["machine"]]
