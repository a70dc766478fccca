"""Sending events to a machine and waiting for the reply, without an event loop.

``_socket`` is what ``socket`` wraps: the wrapper's import costs a command of the shell 2 ms, and adds nothing that is
needed here.
"""

from __future__ import annotations

import _socket
import errno
import os
import select
import time

from statemachine_internal.control.addresses import control_path
from statemachine_internal.control.envelope import Reply, encode_message, parse_reply, too_large
from statemachine_internal.control.outcomes import Refusal, Unreachable
from statemachine_internal.control.trust import is_trusted_owner, is_trusted_uid, peer_credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Self

REPLY_MAX = 64 * 1024  # bytes

_REASONS = {
    errno.ENOENT: ("no_socket", "there is no such socket; the machine is not running"),
    errno.ENOTDIR: ("no_socket", "there is no such socket; the machine is not running"),
    errno.ECONNREFUSED: ("nobody_listens", "nobody listens; the machine is not running"),
    errno.EAGAIN: ("backlog_full", "too many senders wait already"),
    errno.EACCES: ("not_permitted", "this user may not send; operators are in the group statemachine"),
    errno.EPERM: ("not_permitted", "this user may not send; operators are in the group statemachine"),
    errno.EPIPE: ("closed", "the machine went away before it answered"),
    errno.ECONNRESET: ("closed", "the machine went away before it answered"),
}


def new_uid() -> str:
    """A name for one event that no other has; under it a repeat of the event counts once."""
    return os.urandom(16).hex()


def send(
    machine: str,
    type: str,
    payload: dict[str, Any] | None = None,
    *,
    source: str,
    job_id: str | None = None,
    uid: str | None = None,
    prefix: str | None = None,
    path: str | None = None,
    timeout: float = 5.0,
) -> Reply:
    """Send an event and wait until the machine has committed it.

    A machine that ends (an upgrade, an idle exit) may close a connection before it has answered; the event is then sent
    once more, and systemd, or whoever runs the machine next, takes it. The uid makes it count once.

    Args:
        machine: the machine's name.
        type: the event's name, 1 to 128 characters.
        payload: a map of what JSON can hold.
        source: who sends, for the history.
        job_id: the job that the event is about.
        uid: from :func:`new_uid`, if the sender wants to store the event itself when the machine can't be reached.
        prefix: the machine's ``--control-socket-prefix``.
        path: the socket itself, instead of machine and prefix.
        timeout: seconds, in all.

    Returns:
        The reply: ``reply.id`` is the event's row.

    Raises:
        Refusal: the event is wrong, or too large.
        Unreachable: no reply; the event may be stored by the sender, under the same uid.
        UsageError: the name can't be a machine's.
    """
    data = encode_message(type, payload, job_id=job_id, source=source, uid=uid or new_uid())
    path = path or control_path(machine, prefix)
    deadline = time.monotonic() + timeout
    try:
        reply = _ask(path, data, deadline)
    except Unreachable as gone:
        if gone.reason != "closed":
            raise
        reply = _ask(path, data, deadline)
    if not reply.ok:
        raise Refusal(reply.code or "refused", reply.error or "refused")
    return reply


class Connection:
    """One connection to a machine, for many messages in order.

    Args:
        path: the control socket.
        timeout: seconds that :meth:`receive` waits.

    Raises:
        Unreachable: nobody listens there, or someone who isn't trusted.
    """

    __slots__ = ("_sock", "path", "timeout")

    def __init__(self, path: str, timeout: float = 5.0) -> None:
        self.path, self.timeout = path, timeout
        try:
            self._sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_NONBLOCK)
        except OSError as error:
            raise _unreachable(path, error) from error
        try:
            # The owner is looked at before, so that a stranger isn't even woken, and after, since what stands at a path
            # may change in between.
            trusted = is_trusted_owner(path)
            if trusted:
                self._sock.connect(path)
                trusted = is_trusted_uid(peer_credentials(self._sock)[1])
        except OSError as error:
            self.close()
            raise _unreachable(path, error) from error
        if not trusted:
            self.close()
            raise Unreachable("untrusted", path, "the socket belongs to another user, so nothing was sent to it")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        return self._sock.fileno()

    def send_nowait(self, data: bytes) -> bool:
        """Send one message; False if there is no room for it until replies have been received.

        Raises:
            Refusal: ``payload_too_large``: it is over the kernel's limit.
            Unreachable: the machine went away.
        """
        try:
            self._sock.send(data, _socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise too_large(str(len(data))) from None
            raise _unreachable(self.path, error) from error
        return True

    def receive(self, timeout: float | None = None) -> Reply:
        """Wait for the next reply: that to the oldest message without one.

        Args:
            timeout: seconds; the connection's own, if None.

        Raises:
            Unreachable: it did not come (``timeout``), or the machine went away (``closed``).
        """
        seconds = self.timeout if timeout is None else timeout
        try:
            data = self._receive(seconds)
        except OSError as error:
            raise _unreachable(self.path, error) from error
        if data is None:
            raise Unreachable("timeout", self.path, f"no reply within {seconds:.3g} s")
        if not data:
            raise Unreachable("closed", self.path, "the machine went away before it answered")
        try:
            return parse_reply(data)
        except ValueError as error:
            raise Unreachable("unusable", self.path, f"what answered is no machine: {error}") from error

    def exchange(self, messages: Iterable[bytes]) -> Iterator[Reply]:
        """Send many messages and yield their replies in order, as many in flight as there is room for."""
        waiting = 0
        for data in messages:
            while not self.send_nowait(data):
                yield self.receive()
                waiting -= 1
            waiting += 1
        for _ in range(waiting):
            yield self.receive()

    def close(self) -> None:
        self._sock.close()

    def _receive(self, seconds: float) -> bytes | None:
        """The next reply, nothing at the end, None if it did not come in time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self._sock.recv(REPLY_MAX)
            except BlockingIOError:
                poll = select.poll()
                poll.register(self._sock.fileno(), select.POLLIN)
                if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                    return None


def _unreachable(path: str, error: OSError) -> Unreachable:
    reason, text = _REASONS.get(error.errno or 0, ("unusable", error.strerror or str(error)))
    return Unreachable(reason, path, text)


def _ask(path: str, data: bytes, deadline: float) -> Reply:
    with Connection(path) as connection:
        if not connection.send_nowait(data):
            # A new connection has an empty buffer; only a kernel without memory says no.
            raise Unreachable("unusable", path, "the kernel has no room for the message")
        return connection.receive(max(0.0, deadline - time.monotonic()))
