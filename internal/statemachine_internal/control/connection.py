"""One accepted connection of a control socket: it reads messages, keeps their order, and sends the replies.

::

    recv ──► parse ──► pending: [ A answered? no ][ B refused: answered ][ C answered ] ◄── reply
                                  │ the head decides
                                  └── A answered: send A, B, C, until the peer's buffer is full

``pending`` is both what waits for its commit and what waits for the peer to read. At 256 the connection is read no
further, so a peer that never reads costs 256 replies of memory and nobody's time.
"""

from __future__ import annotations

from collections import deque
from socket import MSG_NOSIGNAL
from typing import TYPE_CHECKING

from statemachine_internal.control.envelope import Message, parse_message, refusal
from statemachine_internal.control.outcomes import Refusal
from statemachine_internal.control.trust import peer_credentials

if TYPE_CHECKING:
    import socket

    from statemachine_internal.control.server import ControlServer

MESSAGES_PER_TURN = 64
PENDING_MAX = 256
PENDING_RESUME = 128

_REFUSED = Message("", {}, "{}", None, None, None)
_NO_REPLY = b""


class Arrival:
    """A message that waits for its reply.

    Attributes:
        connection: whose it is.
        message: what arrived.
    """

    __slots__ = ("answer", "connection", "message")

    def __init__(self, connection: ServedConnection, message: Message, answer: bytes | None = None) -> None:
        self.connection = connection
        self.message = message
        self.answer = answer

    @property
    def uid(self) -> int:
        """The sender's user, as the kernel says."""
        return self.connection.uid

    @property
    def pid(self) -> int:
        """The process that connected, as the kernel says; 0 if it isn't of our pid namespace."""
        return self.connection.pid

    def reply(self, data: bytes) -> None:
        """Answer, once: the first answer counts. It is sent as soon as the messages before it are answered.

        Never blocks, never raises: a sender that is gone has stored its event itself. A doorbell gets no reply.
        """
        if self.answer is None:
            self.answer = data
            pending = self.connection.pending
            if pending and pending[0] is self:
                self.connection.flush()


class ServedConnection:
    """The server's end of one connection.

    Attributes:
        pid, uid: the peer's (``SO_PEERCRED``, unix(7)), fixed when it connected.
        pending: messages without a reply, or whose reply waits for its turn or for room.
    """

    __slots__ = ("_blocked", "_ended", "_fd", "_mute", "_reading", "_server", "_sock", "pending", "pid", "uid")

    def __init__(self, server: ControlServer, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.pid, self.uid = peer_credentials(sock)
        self.pending: deque[Arrival] = deque()
        self._server = server
        self._sock = sock
        self._fd = sock.fileno()
        self._reading = False
        self._blocked = False  # the peer's buffer is full
        self._mute = False  # the peer doesn't read any more: what it sent is still taken
        self._ended = False  # the peer sends no more: what it waits for is still answered

    def start(self) -> None:
        """Read what came along with the connection, then wait for more.

        A sender has mostly sent, and a doorbell has mostly gone, by the time it is accepted: two reads often are its
        whole life, without a turn of the event loop.
        """
        self._reading = True
        try:
            self.read(2)
        finally:
            if self._reading:
                self._server.loop.add_reader(self._fd, self._readable)

    def read(self, limit: int = MESSAGES_PER_TURN) -> None:
        """Take the messages that are there, up to ``limit``, so that one busy sender leaves the others their turn."""
        server = self._server
        pending = self.pending
        receive, buffer, view, on_message = self._sock.recv_into, server.buffer, server.view, server.on_message
        for _ in range(limit):
            try:
                size = receive(buffer)
            except BlockingIOError:
                return
            except ConnectionResetError:
                # The peer went away without reading its replies. The error comes before what it had sent, once.
                continue
            except OSError:
                size = 0
            if not size:
                self._end_of_input()
                return
            try:
                message = parse_message(view[:size])
            except Refusal as refused:
                server.refused(refused.code, refused.text, self.uid)
                pending.append(Arrival(self, _REFUSED, refusal(refused.code, refused.text)))
                if len(pending) == 1:
                    self.flush()
            else:
                if message.is_wake:
                    on_message(Arrival(self, message, _NO_REPLY))
                else:
                    arrival = Arrival(self, message)
                    pending.append(arrival)
                    on_message(arrival)
            if len(pending) >= PENDING_MAX:
                self.stop_reading()
            if not self._reading:
                return

    def _readable(self) -> None:
        self.read()
        self._server.has_read()

    def flush(self) -> None:
        """Send the replies at the head, as far as they are there and the peer has room."""
        if self._blocked:
            return
        pending, send = self.pending, self._sock.send
        while pending and (answer := pending[0].answer) is not None:
            if not self._mute:
                try:
                    send(answer, MSG_NOSIGNAL)
                except BlockingIOError:
                    self._blocked = True
                    self._server.loop.add_writer(self._fd, self._writable)
                    return
                except OSError:
                    self._mute = True
            pending.popleft()
        if self._ended:
            if not pending:
                self.close()
        elif not self._reading and len(pending) <= PENDING_RESUME and not self._server.paused:
            self._reading = True
            self._server.loop.add_reader(self._fd, self._readable)

    def stop_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._server.loop.remove_reader(self._fd)

    def close(self) -> None:
        """Close at once; what is pending stays unanswered."""
        self.stop_reading()
        if self._blocked:
            self._server.loop.remove_writer(self._fd)
        self._ended = True
        self.pending.clear()
        self._sock.close()
        self._server.forget(self)

    def _end_of_input(self) -> None:
        self.stop_reading()
        self._ended = True
        if not self.pending:
            self.close()

    def _writable(self) -> None:
        self._blocked = False
        self._server.loop.remove_writer(self._fd)
        self.flush()
