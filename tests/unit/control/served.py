"""A control server on an event loop in a thread of its own, for tests that send from the outside."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

from statemachine_internal.control.envelope import accepted
from statemachine_internal.control.server import Arrival, ControlServer

T = TypeVar("T")
PATIENCE = 20.0  # seconds until a test that waits has failed


class Served:
    """What a test sees of the server.

    ``arrivals`` holds each message as it arrives. With ``answers``, each is accepted at once under the numbers 1, 2, 3…
    """

    def __init__(self, sock: socket.socket, path: str, *, answers: bool = True, owns: bool = True) -> None:
        self.path = path
        self.answers = answers
        self.arrivals: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self.errors: list[object] = []
        self._count = 0
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, context: self.errors.append(context))
        self.server = ControlServer(sock, self._on_message, loop=self._loop, own_path=path if owns else None)
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def call(self, function: Callable[[], T]) -> T:
        """Run a function on the server's loop and return what it returns."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(function())
            except Exception as error:  # noqa: BLE001 - it is the caller's
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(PATIENCE)

    def arrival(self) -> Arrival:
        return self.arrivals.get(timeout=PATIENCE)

    def stop(self) -> None:
        self.call(self.server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _on_message(self, arrival: Arrival) -> None:
        self.arrivals.put(arrival)
        if self.answers and not arrival.message.is_wake:
            self._count += 1
            arrival.reply(accepted(self._count))


@contextlib.contextmanager
def folder() -> Iterator[str]:
    """A folder with a path that is short enough for sockets."""
    path = tempfile.mkdtemp(prefix="sm-", dir="/tmp")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def listener(path: str, backlog: int = 128) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.bind(path)
    sock.listen(backlog)
    return sock


def plain_client(path: str, *, send_buffer: int | None = None) -> socket.socket:
    """A sender that isn't ours: a bare socket, for what our client would never send."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if send_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    sock.settimeout(PATIENCE)
    sock.connect(path)
    return sock
