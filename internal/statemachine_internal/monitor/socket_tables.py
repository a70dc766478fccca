"""One socket of this host, by its two addresses, from the tables of proc(5): where ``socket_diag`` may not ask."""

from __future__ import annotations

import contextlib
import socket
import struct

from .socket_diag import Address

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_UID, _INODE = 7, 9
_MAPPED = "::ffff:"  # RFC 4291, section 2.5.5.2


def held_by(local: Address, remote: Address) -> tuple[int, int] | None:
    """The user and the inode of the TCP socket at ``local`` that is connected to ``remote``; None if there is none."""
    pairs = [(local, remote)]
    if ":" not in local[0]:
        pairs.append(((_MAPPED + local[0], local[1]), (_MAPPED + remote[0], remote[1])))
    wanted = [b": %b %b " % (_written(a), _written(b)) for a, b in pairs]
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


def _written(address: Address) -> bytes:
    """The words of the address as this machine's own numbers, in hexadecimal, and the port."""
    host, port = address
    packed = socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return b"".join(b"%08X" % word for word in words) + b":%04X" % port
