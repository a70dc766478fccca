"""The feed's bell: tells those who follow the feed that there are new rows, and never waits for them."""

from __future__ import annotations

import _socket
import os
import time

from statemachine_internal.control.addresses import check_socket_path, events_path, runtime_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

# A file system stamps a folder with the clock of its last tick (1 to 10 ms). Two files made within one tick leave the
# same stamp, so a listing is kept only if the stamp was older than this when it was taken.
TICK_NS = 50_000_000
NO_ROW = 0
"""An id for a change that brought no row: an event that waits in an inbox, for instance."""


class FeedBell:
    """Rings at the monitor and at every follower; one for each process, after each commit that appended rows.

    Args:
        events: the monitor's socket; ``RUNTIME/events.sock``, if None.
        feed: the folder of the followers' sockets; ``RUNTIME/feed``, if None.

    Raises:
        RuntimeDirError: a path is too long for a socket.
    """

    __slots__ = ("_events", "_feed", "_followers", "_sock", "_stamp")

    def __init__(self, events: str | None = None, feed: str | None = None) -> None:
        self._events = check_socket_path(events) if events else events_path()
        self._feed = feed or f"{runtime_dir()}/feed"
        self._followers: list[str] = []
        self._stamp = -1  # the folder's, at the listing that is kept; -1: none is
        self._sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_NONBLOCK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ring(self, last_id: int) -> None:
        """Send each follower one datagram: the id of the newest row, in decimal digits, or that of no row.

        Never blocks and never raises: who isn't there, or whose queue is full, reads on by id later.
        """
        data = b"%d" % last_id
        self._ring_at(self._events, data)
        gone = [path for path in self._listed() if not self._ring_at(path, data)]
        if gone:
            self._followers = [path for path in self._followers if path not in gone]

    def close(self) -> None:
        self._sock.close()

    def _ring_at(self, path: str, data: bytes) -> bool:
        """Ring; False if nobody can hear it there until another socket is bound."""
        try:
            self._sock.sendto(data, _socket.MSG_NOSIGNAL, path)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            # A full queue (EAGAIN), above all; the rest is the follower's trouble, or its administrator's.
            return True
        return True

    def _listed(self) -> list[str]:
        """The followers' sockets, listed anew when the folder has changed."""
        try:
            stamp = os.stat(self._feed).st_mtime_ns
            if stamp != self._stamp:
                now = time.time_ns()
                self._followers = [f"{self._feed}/{name}" for name in os.listdir(self._feed) if name.endswith(".sock")]
                self._stamp = stamp if abs(now - stamp) > TICK_NS else -1
        except OSError:
            self._followers, self._stamp = [], -1
        return self._followers
