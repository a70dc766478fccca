"""uvicorn's server without its clock: at rest it sleeps until somebody connects, or a signal comes.

uvicorn wakes ten times a second, to look whether it should end and to write the Date header anew. Here the end is
an event that is waited for, and the Date is made with each response. Only the watchdog is left of the clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Iterator
from email.utils import formatdate

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from statemachine_internal.errors import StateMachineError
from statemachine_internal.service.logging import get_logger
from statemachine_internal.service.notify import Notifier

from .app import create_app
from .feed_reader import heard_at
from .listeners import described
from .protocols import BACKLOG, HttpConnection, WebSocketConnection, without_traceback
from .settings import Settings

GRACE = 5.0
"""Seconds that a request may go on after SIGTERM before its connection is cut."""
MESSAGE_MAX = 64 * 1024
"""Bytes that a client may say at once over a WebSocket."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(settings: Settings, sockets: list[socket.socket], notifier: Notifier) -> None:
    """Serve on these listening sockets until SIGTERM or SIGINT; they are closed afterwards."""
    config = uvicorn.Config(
        dated(create_app(settings, heard_at(settings.event_socket_path))),
        http=HttpConnection,
        ws=WebSocketConnection,
        backlog=BACKLOG,
        ws_max_size=MESSAGE_MAX,
        ws_per_message_deflate=False,  # each client has a window of its own, and nothing could be encoded once for all
        lifespan="on",
        log_config=None,  # its loggers stay under the root's, which is bridged to ours
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    logging.getLogger("uvicorn.error").addFilter(without_traceback)
    addresses = ", ".join(described(each) for each in sockets)
    asyncio.run(Server(config, addresses, notifier).serve(sockets=sockets))


class Server(uvicorn.Server):
    """Serves until a signal comes, and tells systemd how it stands."""

    def __init__(self, config: uvicorn.Config, addresses: str, notifier: Notifier) -> None:
        super().__init__(config)
        self._addresses = addresses
        self._notifier = notifier
        self._log = get_logger()
        self._end = asyncio.Event()

    def install_signal_handlers(self) -> None:
        """Older releases of uvicorn take the signals here; ``main_loop`` does."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Newer releases take the signals here, and raise them again at the end: SIGTERM would not end with 0."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.started:  # older releases of uvicorn would end as if all were well
            raise StateMachineError("the monitor's application did not start; its log says why")

    async def main_loop(self) -> None:
        """Wait for the end; what a client sends is served by the loop meanwhile."""
        loop = asyncio.get_running_loop()
        await self.on_tick(0)  # the default headers, once
        watchdog = _Watchdog(self._notifier, loop)
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._stop, number)
        # It listens by now. What comes between READY and a signal handler would be lost, so the handlers are first.
        self._notifier.ready(f"serving on {self._addresses}")
        self._log.info("monitor started", address=self._addresses)
        await self._end.wait()
        watchdog.stop()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what was begun, for a while."""
        giving_up = asyncio.get_running_loop().call_later(GRACE, self._give_up)
        await super().shutdown(sockets=sockets)
        giving_up.cancel()
        self._log.info("monitor stopped")

    def _stop(self, number: signal.Signals) -> None:
        if self.should_exit:  # asked twice: at once
            self._give_up()
            return
        self._notifier.stopping()
        self._log.info("monitor stopping", signal=number.name)
        self.should_exit = True
        self._end.set()

    def _give_up(self) -> None:
        self.force_exit = True
        for connection in list(self.server_state.connections):
            if (transport := getattr(connection, "transport", None)) is not None:
                transport.abort()


class _Watchdog:
    """Fed by the loop that serves, and by nothing else."""

    def __init__(self, notifier: Notifier, loop: asyncio.AbstractEventLoop) -> None:
        self._notifier = notifier
        self._loop = loop
        self._interval = notifier.watchdog_interval()
        self._handle: asyncio.TimerHandle | None = None
        if self._interval is not None:
            self._tick(self._interval)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _tick(self, interval: float) -> None:
        self._notifier.watchdog()
        self._handle = self._loop.call_later(interval, self._tick, interval)


def dated(app: ASGIApp) -> ASGIApp:
    """The application, with a Date in each response (RFC 9110, section 6.6.1)."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", formatdate(usegmt=True).encode())
                message = {**message, "headers": [*message.get("headers", ()), date]}
            await send(message)

        await app(scope, receive, send_dated if scope["type"] == "http" else send)

    return application
