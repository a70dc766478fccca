"""The machine's end of its control socket, on the machine's event loop."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
from typing import TYPE_CHECKING

from statemachine_internal.control.connection import Arrival, ServedConnection
from statemachine_internal.control.envelope import MAX_MESSAGE
from statemachine_internal.errors import ConfigurationError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

__all__ = ["Arrival", "ControlServer"]

ACCEPTS_PER_TURN = 64
BUFFER_SIZE = 256 * 1024  # bytes; what fills more than MAX_MESSAGE of it is too large, whatever the kernel cut off
RETRY_SECONDS = 1.0

_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

log = logging.getLogger(__name__)


class ControlServer:
    """Accepts connections and hands each message, in order, to ``on_message``; serves from its construction on.

    A message that can't be read is refused here, in its place among the replies. Nothing here blocks, and an exception
    of ``on_message`` goes to the loop's exception handler.

    Args:
        sock: a listening ``SOCK_SEQPACKET`` socket: systemd's, or that of :func:`open_control_socket`.
        on_message: called for each message; sooner or later it, or what it leads to, calls ``arrival.reply``, except
            for a doorbell (``arrival.message.is_wake``), which gets none.
        loop: the event loop.
        on_quiet: called when all that is there has been read, as far as that is known at once: there is but one
            connection. Whoever gathers messages need not wait for others then.
        own_path: the path of a socket that this process bound; removed at :meth:`close`, if it still is that socket.
        accepted: connections that were accepted before.
        on_refusal: told of each message that was refused here: its code, the text, and the sender's uid.

    Raises:
        ConfigurationError: the socket is of another type.
    """

    def __init__(
        self,
        sock: socket.socket,
        on_message: Callable[[Arrival], None],
        *,
        loop: asyncio.AbstractEventLoop,
        own_path: str | None = None,
        on_quiet: Callable[[], None] | None = None,
        on_refusal: Callable[[str, str, int], None] | None = None,
        accepted: Iterable[socket.socket] = (),
    ) -> None:
        if sock.type != socket.SOCK_SEQPACKET:
            raise ConfigurationError(
                f"the control socket's type is {sock.type!r}; use ListenSequentialPacket= in the .socket unit"
            )
        sock.setblocking(False)
        assert BUFFER_SIZE > MAX_MESSAGE
        self.loop = loop
        self.on_message = on_message
        self._on_quiet = on_quiet
        self._on_refusal = on_refusal
        self.buffer = bytearray(BUFFER_SIZE)
        self.view = memoryview(self.buffer)
        self.paused = False
        self._sock = sock
        self._own_path = own_path
        self._own_file = _identity(own_path) if own_path else None
        self._connections: set[ServedConnection] = set()
        self._retry: asyncio.TimerHandle | None = None
        self._exhausted = False
        loop.add_reader(sock.fileno(), self._accept)
        for each in accepted:
            self._serve(each)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    def pause(self) -> None:
        """Accept and read no more; what was read can still be answered.

        Who connects from now on waits in the backlog for the next start if the socket is systemd's. If it is ours, it
        goes at once, so that a sender stores its event itself and needn't wait for the drain. A doorbell may have been
        accepted and not been read: look at the inbox once more after this.
        """
        if not self.paused:
            self.paused = True
            self._stop_accepting()
            self._close_own()
            for connection in self._connections:
                connection.stop_reading()

    def close(self) -> None:
        """Close all connections. Who has no reply sees the end of file, and sends again or stores the event itself."""
        self.pause()
        for connection in list(self._connections):
            connection.close()

    def forget(self, connection: ServedConnection) -> None:
        """Called by a connection that has closed."""
        self._connections.discard(connection)
        if self._retry is not None:
            self._resume_accepting()

    def _close_own(self) -> None:
        if self._own_path is not None:
            if self._own_file is not None and _identity(self._own_path) == self._own_file:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._own_path)
            self._sock.close()

    def refused(self, code: str, text: str, uid: int) -> None:
        """Called by a connection that has refused a message."""
        if self._on_refusal is not None:
            self._on_refusal(code, text, uid)

    def has_read(self) -> None:
        """Called when a connection has read what was there."""
        if self._on_quiet is not None and len(self._connections) <= 1:
            self._on_quiet()

    def _accept(self) -> None:
        self._accept_waiting()
        self.has_read()

    def _accept_waiting(self) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                sock, _address = self._sock.accept()
            except BlockingIOError:
                self._exhausted = False
                return
            except ConnectionError:
                continue
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                self._wait_for_resources(error)
                return
            self._serve(sock)
            if self.paused:
                return

    def _serve(self, sock: socket.socket) -> None:
        connection = ServedConnection(self, sock)
        self._connections.add(connection)
        connection.start()

    def _wait_for_resources(self, error: OSError) -> None:
        """Stop accepting until a connection closes, or for a second: the listener stays readable, and would spin."""
        self._stop_accepting()
        self._retry = self.loop.call_later(RETRY_SECONDS, self._resume_accepting)
        if not self._exhausted:
            self._exhausted = True
            log.warning(
                "control_accept_paused", extra={"error": error.strerror or str(error), "connections": self.connections}
            )

    def _stop_accepting(self) -> None:
        self.loop.remove_reader(self._sock.fileno())
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _resume_accepting(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if not self.paused:
            self.loop.add_reader(self._sock.fileno(), self._accept)


def _identity(path: str) -> tuple[int, int] | None:
    """Which file it is: after a takeover, another process's socket may stand at the path."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
