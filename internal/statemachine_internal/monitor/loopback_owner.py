"""Whose socket is at the other end of a connection over loopback: both of its ends are sockets of this host."""

from __future__ import annotations

from . import socket_diag, socket_tables
from .socket_diag import Address

_LOOKS = 4


def owner_of(theirs: Address, ours: Address) -> int | None:
    """The user of the socket at ``theirs`` that is connected to ``ours``; None where the kernel doesn't show one.

    A socket that nobody holds any more has no inode, and user 0, whoever made it; and the two are not read in one go.
    So it counts when it was seen twice, with the same inode. One can also be passed over while others come and go.
    """
    before: tuple[int, int] | None = None
    for _ in range(_LOOKS):
        found = _held_by(theirs, ours)
        if found is not None and found == before:
            return found[0]
        before = found
    return None


def _held_by(theirs: Address, ours: Address) -> tuple[int, int] | None:
    try:
        return socket_diag.held_by(theirs, ours)
    except OSError:
        return socket_tables.held_by(theirs, ours)
