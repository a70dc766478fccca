"""Who has sent a request over the socket file: the kernel says so (SO_PEERCRED, unix(7)); of a port nobody does."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

SOURCE = "monitor"
NOBODY_KNOWN = 65534
"""The user that all others are in a user namespace, such as that of PrivateUsers=yes (user_namespaces(7))."""
_CREDENTIALS = struct.Struct("3i")


class KnowingProtocol(H11Protocol):
    """uvicorn's HTTP, with the user as the client's address where the connection came over a socket file."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        uid = _peer(transport)
        if uid is not None:
            self.client = (f"uid {uid}", 0)


def source_of(request: Request, given: str | None) -> str:
    """The source that is recorded with what a request asks for."""
    if given:
        return given
    who = request.client.host if request.client is not None else ""
    return f"{SOURCE} ({who})" if who.startswith("uid ") else SOURCE


def _peer(transport: asyncio.BaseTransport) -> int | None:
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is None or connection.family != socket.AF_UNIX:
        return None
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    uid: int = _CREDENTIALS.unpack(data)[1]
    return None if uid == NOBODY_KNOWN else uid
