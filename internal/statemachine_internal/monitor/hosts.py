"""Which names a request may call this host by.

A page of somebody else's can make its own name resolve to 127.0.0.1 and then read whatever a browser on this host may
read (DNS rebinding). Its requests still carry that name in Host, so only loopback names are answered. Where the monitor
asks for a token, any name will do: the page of a foreign name has no cookie of ours. It asks for none over the socket
file, to which ssh or a proxy may lead from a port of the browser's host.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .described import BAD_REQUEST, MISDIRECTED
from .problems import problem
from .refusing import refuse
from .requester import is_over_socket_file
from .settings import LOCALHOST, is_loopback

_ONE = "a request has one Host header; send one"
_LOCAL = (
    "this monitor answers to localhost and to loopback addresses; use http://127.0.0.1 with its port, "
    "or start it with --token-file to call it by another name"
)
_LOCAL_FILE = "over the socket file the monitor answers to localhost and to loopback addresses; use http://localhost"


class HostCheck:
    """ASGI middleware: passes on what is meant for this host, and refuses the rest."""

    def __init__(self, app: ASGIApp, *, any_name: bool = False) -> None:
        self._app = app
        self._any_name = any_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        over_file = is_over_socket_file(scope)
        named = Headers(scope=scope).getlist("host")
        if len(named) != 1:
            await refuse(problem(BAD_REQUEST, _ONE), scope, receive, send)
        elif is_local(named[0]) or (self._any_name and not over_file):
            await self._app(scope, receive, send)
        else:
            await refuse(problem(MISDIRECTED, _LOCAL_FILE if over_file else _LOCAL), scope, receive, send)


def is_local(host: str) -> bool:
    """True where the value of a Host header, port or not, is a name that only this host has."""
    name = _without_port(host.lower())
    return name is not None and (name.removesuffix(".") == LOCALHOST or is_loopback(name))


def _without_port(host: str) -> str | None:
    """RFC 9110, section 7.2: a name, an IPv4 address, or an IPv6 address in brackets, and perhaps a port behind it."""
    if host.startswith("["):
        name, closing, port = host[1:].partition("]")
        if not closing or ":" not in name or "%" in name:
            return None
        if port and not port.startswith(":"):
            return None
        port = port[1:]
    else:
        name, _, port = host.partition(":")
    return name if not port or (port.isascii() and port.isdecimal()) else None
