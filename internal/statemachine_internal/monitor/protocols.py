"""uvicorn's protocols, with what they leave out: who is at the other end, deadlines, and a bound on connections.

::

    accepted ─▶ HttpConnection ─ request, in time ─▶ the application
                     │  └─ too slow ─▶ 408        └─ Upgrade ─▶ WebSocketConnection
                     └─ too many ─▶ 503

The same on Debian 12's uvicorn and websockets and on the newest, whose WebSocket protocols have little in common.
"""

from __future__ import annotations

import asyncio
import http
import logging
import resource
from functools import lru_cache
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol

from statemachine_internal.service.logging import get_logger

from .requester import Requester

HEADERS_WITHIN = 10.0
"""Seconds from the connection, or from the first byte on one that was kept open, to the end of a request's headers."""
BODY_WITHIN = 60.0
"""Seconds from there to the end of its body."""
MOST: Final = 512
"""Connections at once; fewer where the process may have fewer descriptors."""
RESERVED: Final = 512
"""Descriptors that are left for the rest: databases, live machines, and what is accepted before it is refused."""
AT_LEAST: Final = 16
BACKLOG: Final = 100
"""Connections that one listener accepts at once."""
SAY_AGAIN = 60.0
"""Seconds between two lines about refused connections."""
BYTES_AT_ONCE: Final = 4096
"""That are read at once from a WebSocket, so that the frames of one client hold the others up for 3 ms at most."""
NOT_UTF_8: Final = 1007  # RFC 6455, section 7.4.1

_NO_HTTP: Final = "Invalid HTTP request received."
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_NO_OPENING = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"


def without_traceback(record: logging.LogRecord) -> bool:
    """A filter of the log: older releases of uvicorn show a traceback for each request that is none."""
    if record.msg == _NO_HTTP:
        record.exc_info = None
    return True


@lru_cache(maxsize=1)
def most_connections() -> int:
    """How many connections there may be at once, by the descriptors that this process may have (RLIMIT_NOFILE)."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return MOST
    return max(AT_LEAST, min(MOST, descriptors - RESERVED))


class HttpConnection(H11Protocol):  # type: ignore[misc,unused-ignore]
    """A connection for HTTP, whose client has to say what it wants in time.

    uvicorn's only clock is for a connection that was kept open and says nothing at all.
    """

    _last_said = -SAY_AGAIN  # of all connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type,unused-ignore]
        self.client = Requester.at(transport)
        self._deadline: asyncio.TimerHandle | None = None
        self._awaited: object = None  # what the deadline is for
        if len(self.connections) > most_connections():
            self._refuse()
        else:
            self._await_client(new=True)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._await_client()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await_client()

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_be()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # 0.17.6 leaves the timer running

    def _await_client(self, *, new: bool = False) -> None:
        """Set the deadline for what the client has to send now, unless it is set already."""
        awaited: object = None
        if not self.transport.is_closing() and self.transport.get_protocol() is self:  # not a WebSocket's by now
            awaited = self.conn.their_state
            if awaited is h11.IDLE and not (new or self.conn.trailing_data[0]):
                awaited = None  # kept open, and at rest
        if awaited not in (h11.IDLE, h11.SEND_BODY):
            self._let_be()
        elif awaited is not self._awaited:
            self._let_be()
            self._awaited = awaited
            within = HEADERS_WITHIN if awaited is h11.IDLE else BODY_WITHIN
            self._deadline = self.loop.call_later(within, self._too_slow)

    def _let_be(self) -> None:
        self._awaited = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._let_be()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # no answer has been begun
            self.transport.write(_TOO_SLOW)
        self.transport.close()

    def _refuse(self) -> None:
        now = self.loop.time()
        if now - HttpConnection._last_said >= SAY_AGAIN:
            HttpConnection._last_said = now
            get_logger().warning("too many connections; new ones are refused", most=most_connections())
        self.transport.write(_TOO_MANY)
        self.transport.close()


def _websocket(protocol: Any) -> Any:
    """One of uvicorn's protocols for WebSockets, mended."""

    class WebSocketConnection(protocol):  # type: ignore[misc]
        frames: list[bytes]

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.client = Requester.at(transport)
            transport.max_size = BYTES_AT_ONCE  # type: ignore[attr-defined] # asyncio's own transports read so much

        def data_received(self, data: bytes) -> None:
            """Newer releases leave an opening that they can't read without an answer, and its connection open."""
            super().data_received(data)
            if getattr(getattr(self, "conn", None), "handshake_exc", None) is not None and not self.handshake_complete:
                self.transport.write(_NO_OPENING)
                self.transport.close()

        def send_receive_event_to_app(self) -> None:
            """Newer releases log the traceback of a text that is not UTF-8."""
            if self.curr_msg_data_type == "text" and not self.close_sent:
                try:
                    b"".join(self.frames).decode()
                except UnicodeDecodeError:
                    self.frames = []
                    self.conn.send_close(NOT_UTF_8)
                    self.handle_parser_exception()
                    return
            super().send_receive_event_to_app()

        def handle_parser_exception(self) -> None:
            """Newer releases take it for granted that a close was sent, which a broken opening has not."""
            if self.conn.close_sent is None:
                self.transport.abort()
            else:
                super().handle_parser_exception()

        async def process_request(self, path: str, headers: Any) -> Any:
            """Older releases take it for granted that all is ASCII."""
            if not all(value.isascii() for value in (path, *headers.values())):
                return http.HTTPStatus.BAD_REQUEST, [], b"a header is not ASCII\n"
            return await super().process_request(path, headers)

    return WebSocketConnection


WebSocketConnection: Any = "none" if AutoWebSocketsProtocol is None else _websocket(AutoWebSocketsProtocol)
