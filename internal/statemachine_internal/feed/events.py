"""The monitor's end of the feed: the socket that every machine rings by default."""

from __future__ import annotations

import _socket
import contextlib
import os

from statemachine_internal.control.addresses import check_socket_path, runtime_dir
from statemachine_internal.errors import StateMachineError
from statemachine_internal.feed.follow import EVERYONE, Follower


class EventsSocketInUse(StateMachineError):
    """Somebody else hears the rings there."""

    code = "events_socket_in_use"

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path} is in use, by another monitor perhaps; stop that one, or choose another path")


class EventsSocket(Follower):
    """A follower at a path of its own; a socket there that nobody listens at any more is replaced.

    Raises:
        EventsSocketInUse: somebody listens there.
        RuntimeDirError: the path is too long for a socket.
        OSError: it can't be made there.
    """

    __slots__ = ()

    def __init__(self, path: str) -> None:
        self.path = check_socket_path(path)
        self._sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_NONBLOCK)
        try:
            if _is_heard(self._sock, path):
                raise EventsSocketInUse(path)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            self._sock.bind(path)
            os.chmod(path, EVERYONE)
        except BaseException:
            self._sock.close()
            raise


def follower(path: str | None) -> Follower:
    """The monitor's socket, at ``path`` or at ``RUNTIME/events.sock``.

    Where that one is in use, or isn't for this user, the monitor is one of the other followers, at ``RUNTIME/feed``.

    Raises:
        EventsSocketInUse: somebody listens at ``path``.
        RuntimeDirError: there is no folder for it.
        OSError: no socket can be made.
    """
    if path is not None:
        return EventsSocket(path)
    from statemachine_internal.control.addresses import ensure_runtime_dir, events_path

    if not os.path.isdir(runtime_dir()):
        ensure_runtime_dir()
    try:
        return EventsSocket(events_path())
    except (EventsSocketInUse, PermissionError):
        ensure_runtime_dir()
        return Follower("monitor")


def _is_heard(sock: _socket.socket, path: str) -> bool:
    try:
        sock.connect(path)
    except (ConnectionRefusedError, FileNotFoundError):
        return False
    return True
