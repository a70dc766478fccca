"""What a service tells systemd about itself (sd_notify(3), sd_watchdog_enabled(3))."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from .printable import printable

if TYPE_CHECKING:
    from socket import socket

    from sdnotify import SystemdNotifier

_STATUS_MAX: Final = 900
"""Characters. systemd ignores a whole message over 4096 bytes, and a character has up to four."""
_PATIENCE: Final = 1.0
"""Seconds that a message which must arrive may wait for room in systemd's queue."""


class Notifier:
    """The line to systemd, or nothing at nearly no cost where there is none.

    Construction takes the address, and the watchdog's settings, out of the environment: a command that a machine runs
    must not be able to speak for it.

    An engine inside somebody's program must not speak for that either: ``silent`` leaves all as it is and says nothing.

    A lost message is never an error. Status and watchdog pings are not waited for at all; the others wait a second.
    """

    def __init__(self, *, silent: bool = False) -> None:
        self._status: str | None = None
        if silent:
            self._notifier: SystemdNotifier | None = None
            self._watchdog_interval: float | None = None
            return
        self._notifier = _connected()
        self._watchdog_interval = _watchdog_interval(
            os.environ.pop("WATCHDOG_USEC", None), os.environ.pop("WATCHDOG_PID", None)
        )

    @property
    def active(self) -> bool:
        """True where systemd listens."""
        return self._notifier is not None

    def ready(self, status: str | None = None) -> None:
        """The start, or a reload, is through."""
        line = None if status is None else _line(status)
        if self._send("READY=1" if line is None else f"READY=1\nSTATUS={line}", _PATIENCE) and line is not None:
            self._status = line

    def status(self, text: str) -> None:
        """The STATUS line of ``systemctl status``; the one that is shown already isn't sent again."""
        if self._notifier is None:
            return
        line = _line(text)
        if line != self._status and self._send(f"STATUS={line}", 0):
            self._status = line

    def stopping(self) -> None:
        """The end has begun."""
        self._send("STOPPING=1", _PATIENCE)

    def reloading(self) -> None:
        """A reload has begun; ``ready`` ends it."""
        # systemd 253 and later, for Type=notify-reload, want to know when; 252 passes over it.
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}", _PATIENCE)

    def extend_timeout(self, seconds: float) -> None:
        """Start or stop needs this many seconds more, counted from now."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}", _PATIENCE)

    def watchdog(self) -> None:
        """The machine is alive."""
        self._send("WATCHDOG=1", 0)

    def close(self) -> None:
        """Give the socket back; from now on nothing is sent."""
        if self._notifier is not None and self._notifier.socket is not None:
            self._notifier.socket.close()
        self._notifier = None

    def watchdog_interval(self) -> float | None:
        """Seconds between two pings, or None if nobody waits for one of this process.

        A third of the time after which systemd would kill: at the half that sd_watchdog_enabled(3) names, one ping lost
        to a full queue would be one too many.
        """
        return self._watchdog_interval

    def _send(self, message: str, patience: float) -> bool:
        connection: socket | None = None if self._notifier is None else self._notifier.socket
        if self._notifier is None or connection is None:
            return False
        try:
            connection.settimeout(patience)
            # sdnotify encodes as Latin-1; systemd refuses a status that isn't UTF-8.
            self._notifier.notify(message.encode().decode("latin-1"))
        except OSError:
            return False
        return True


def _connected() -> SystemdNotifier | None:
    if not os.environ.get("NOTIFY_SOCKET"):
        return None
    from sdnotify import SystemdNotifier

    try:
        return SystemdNotifier(
            debug=True
        )  # without debug it swallows every error, and a lost status would count as sent
    except OSError:
        return None
    finally:
        del os.environ["NOTIFY_SOCKET"]


def _watchdog_interval(microseconds: str | None, pid: str | None) -> float | None:
    if microseconds is None or not microseconds.isdecimal() or (pid is not None and pid != str(os.getpid())):
        return None
    return int(microseconds) / 3_000_000 or None


def _line(text: str) -> str:
    # A line feed would start another assignment, such as MAINPID=.
    line = printable(" ".join(text.split()))
    return line if len(line) <= _STATUS_MAX else f"{line[: _STATUS_MAX - 3]}..."
