"""Who is at the other end of a connection.

Over the socket file the kernel says so (SO_PEERCRED, unix(7)). Of a port it says only from where, and
``loopback_owner`` finds out the rest.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import Scope

if TYPE_CHECKING:
    from .neighbours import Neighbour

SOURCE = "monitor"
NOBODY_KNOWN = 65534
"""The user that all others are in a user namespace, such as that of PrivateUsers=yes (user_namespaces(7))."""
_SOCKET_FILE = "socket file"
_UNKNOWN = "unknown"
_CREDENTIALS = struct.Struct("3i")


class Requester(tuple[str, int]):
    """What ASGI calls the client, the same object for all requests of a connection.

    ``over_socket_file`` is of the listening socket's kind, and not of what is left of the connection: a client that has
    gone has no address any more. ``ends`` are the addresses of a TCP connection, the client's and ours, if both are
    known. ``seen`` is what ``neighbours`` found out about the client, once it did.
    """

    over_socket_file: bool
    ends: tuple[tuple[str, int], tuple[str, int]] | None
    seen: Neighbour | None
    _connection: socket.socket | None

    @classmethod
    def at(cls, transport: asyncio.BaseTransport) -> Requester:
        """Who is at the other end of this transport."""
        connection: socket.socket | None = transport.get_extra_info("socket")
        theirs, ours = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if connection is not None and connection.family == socket.AF_UNIX:
            uid = _peer(connection)
            made = cls((_SOCKET_FILE if uid is None else f"uid {uid}", 0))
            made.over_socket_file, made.ends = True, None
        else:
            known = isinstance(theirs, tuple) and isinstance(ours, tuple)
            made = cls((str(theirs[0]), int(theirs[1])) if known else (_UNKNOWN, 0))
            made.over_socket_file, made.ends = False, (theirs[:2], ours[:2]) if known else None
        made.seen, made._connection = None, connection
        return made

    def is_connected(self) -> bool:
        """Whether our end still belongs to a connection: it was neither reset nor closed by us."""
        try:
            return self._connection is not None and bool(self._connection.getpeername())
        except OSError:
            return False


def is_over_socket_file(scope: Scope) -> bool:
    """Whether a request came over a socket file, whose mode and folder say who comes in."""
    client = scope.get("client")
    return isinstance(client, Requester) and client.over_socket_file


def source_of(request: Request, given: str | None) -> str:
    """The source that is recorded with what a request asks for."""
    if given:
        return given
    who = request.client.host if request.client is not None else ""
    return f"{SOURCE} ({who})" if who.startswith("uid ") else SOURCE


def _peer(connection: socket.socket) -> int | None:
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    uid: int = _CREDENTIALS.unpack(data)[1]
    return None if uid == NOBODY_KNOWN else uid
