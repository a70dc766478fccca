"""Whose socket is at the other end of a connection over loopback, as proc(5) says in /proc/net/tcp and /proc/net/tcp6.

Both ends of such a connection are sockets of this host, and have a line each. The line of the client's has his address
first, then ours, and in it the user who made that socket.
"""

from __future__ import annotations

import contextlib
import socket
import struct

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LOOKS = 4
_UID, _INODE = 7, 9
_MAPPED = "::ffff:"  # RFC 4291, section 2.5.5.2: how IPv4 looks to a socket of IPv6

Address = tuple[str, int]


def owner_of(theirs: Address, ours: Address) -> int | None:
    """The user of the socket at ``theirs`` that is connected to ``ours``; None where the kernel doesn't show one.

    A socket that nobody holds any more has no inode, and user 0, whoever made it; and a line is not made in one go. So
    it counts when it was seen twice, with the same inode. A line can also be passed over while others come and go.
    """
    wanted = _pairs(theirs, ours)
    before: tuple[int, int] | None = None
    for _ in range(_LOOKS):
        found = _found(wanted)
        if found is not None and found == before:
            return found[0]
        before = found
    return None


def _found(wanted: list[bytes]) -> tuple[int, int] | None:
    """The user and the inode of a socket that is held by somebody."""
    for table in TABLES:
        with contextlib.suppress(OSError), open(table, "rb") as file:
            text = file.read()
            for each in wanted:
                at = text.find(each)
                if at < 0:
                    continue
                fields = text[text.rfind(b"\n", 0, at) + 1 : text.find(b"\n", at)].split()
                uid, inode = int(fields[_UID]), int(fields[_INODE])
                return (uid, inode) if inode else None
    return None


def _pairs(theirs: Address, ours: Address) -> list[bytes]:
    """The two addresses as the tables have them, in each form that they may have."""
    pairs = [(theirs, ours)]
    if ":" not in theirs[0]:
        pairs.append(((_MAPPED + theirs[0], theirs[1]), (_MAPPED + ours[0], ours[1])))
    return [b": %b %b " % (_written(a), _written(b)) for a, b in pairs]


def _written(address: Address) -> bytes:
    """The words of the address as this machine's own numbers, in hexadecimal, and the port."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    packed = socket.inet_pton(family, host)
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return b"".join(b"%08X" % word for word in words) + b":%04X" % port
