"""Who called at a socket of systemd's before this process was there: senders, or doorbells alone."""

from __future__ import annotations

import socket
from contextlib import suppress

from statemachine_internal.control.envelope import MAX_MESSAGE, parse_message
from statemachine_internal.control.outcomes import Refusal


def let_in(listener: socket.socket) -> tuple[bool, list[socket.socket]]:
    """Accept all that wait, without blocking. A doorbell carries nothing that its ring doesn't say, and is closed.

    Returns:
        Whether anybody called at all, and the connections of those that have sent an event, or may yet.
    """
    called = False
    senders: list[socket.socket] = []
    while True:
        try:
            caller, _address = listener.accept()
        except OSError:  # none is left; or no descriptor is, and the next start sees the rest
            return called, senders
        called = True
        caller.setblocking(False)
        if _has_but_rung(caller):
            caller.close()
        else:
            senders.append(caller)


def _has_but_rung(caller: socket.socket) -> bool:
    if not (first := _peeked(caller)):
        return first is not None
    try:
        if not parse_message(memoryview(first)).is_wake:
            return False
    except Refusal:
        return False  # it waits for that reply
    caller.recv(MAX_MESSAGE)
    return not _peeked(caller)


def _peeked(caller: socket.socket) -> bytes | None:
    """The next message, left where it is; empty at the end of the connection, None where nothing was sent yet."""
    with suppress(ConnectionResetError):  # once, before what a peer that went away had sent
        return _peek(caller)
    with suppress(ConnectionResetError):
        return _peek(caller)
    return b""


def _peek(caller: socket.socket) -> bytes | None:
    try:
        return caller.recv(MAX_MESSAGE + 1, socket.MSG_PEEK)
    except BlockingIOError:
        return None
