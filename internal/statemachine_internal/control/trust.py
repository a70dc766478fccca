"""Whose sockets a sender talks to: its own user's, root's, and the service user's.

Anyone may bind a socket below a shared folder, and what is sent to it is then read by whoever bound it.
"""

from __future__ import annotations

import _socket
import os
import struct

SERVICE_USER = "statemachine"

_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: struct ucred of unix(7)

_service_uid: int | None = None


def is_trusted_uid(uid: int) -> bool:
    """Whether a socket that belongs to the user ``uid`` may be sent to."""
    return uid == 0 or uid == os.geteuid() or uid == service_uid()


def is_trusted_owner(path: str) -> bool:
    """Whether the owner of the socket file (links followed, as connect(2) does) may be sent to.

    Raises:
        OSError: there is no such file, or it can't be looked at.
    """
    return is_trusted_uid(os.stat(path).st_uid)


def peer_credentials(sock: _socket.socket) -> tuple[int, int]:
    """The pid and uid at the other end of a connection, as the kernel noted them (``SO_PEERCRED``, unix(7)).

    Of a sender they are those of its connect(2), of a machine those of the listen(2).
    """
    pid, uid, _ = _CREDENTIALS.unpack(sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, _CREDENTIALS.size))
    return pid, uid


def service_uid() -> int:
    """The uid of the user ``statemachine``, -1 where there is none; looked up once a process."""
    global _service_uid  # noqa: PLW0603 - a name service may take milliseconds
    if _service_uid is None:
        import pwd

        try:
            _service_uid = pwd.getpwnam(SERVICE_USER).pw_uid
        except KeyError:
            _service_uid = -1
    return _service_uid
