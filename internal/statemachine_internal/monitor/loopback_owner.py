"""Whose socket is at the other end of a connection over loopback: both of its ends are sockets of this host.

The kernel is asked for the one socket (sock_diag(7)). /proc/net/tcp has it too, but is made by a walk through the whole
table, in milliseconds, and a line is not of one moment: the user may be read after the socket was left, and is 0 then.
"""

from __future__ import annotations

import errno
import os
import socket
import struct

_HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
_REQUEST = struct.Struct("=BBBBI")  # struct inet_diag_req_v2, before its id
_ID = struct.Struct("!HH16s16s12s")  # struct inet_diag_sockid: ports, addresses, then interface and cookie
_ANSWER = struct.Struct("=BBBB48sIIIII")  # struct inet_diag_msg
_SOCK_DIAG, _BY_FAMILY, _IS_REQUEST, _IS_ERROR = 4, 20, 1, 2
_ANY = b"\0" * 4 + b"\xff" * 8
_MAPPED = b"\0" * 10 + b"\xff\xff"  # RFC 4291, section 2.5.5.2: how IPv4 looks to a socket of IPv6
_SYN_SENT = 2
_PATIENCE = 1.0  # seconds; the answer is there when the question was sent

Address = tuple[str, int]


def owner_of(theirs: Address, ours: Address) -> int | None:
    """The user who made the socket at ``theirs`` that is connected to ``ours``; None where the kernel doesn't show one.

    One that nobody holds any more counts for none: it has no inode, and the kernel gives it to user 0, whoever made it.
    So does one that is still to be connected: it has no part in what came in from there before.
    """
    try:
        return _asked(theirs, ours)
    except OSError:  # it can't be asked here: a sandbox without AF_NETLINK, a kernel without INET_DIAG
        return None


def _asked(theirs: Address, ours: Address) -> int | None:
    family = socket.AF_INET6 if ":" in theirs[0] else socket.AF_INET
    ends = [socket.inet_pton(family, host).ljust(16, b"\0") for host, _ in (theirs, ours)]
    wanted = _ID.pack(theirs[1], ours[1], *ends, _ANY)
    body = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + wanted
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.settimeout(_PATIENCE)
        kernel.connect((0, 0))
        kernel.send(_HEADER.pack(_HEADER.size + len(body), _BY_FAMILY, _IS_REQUEST, 1, 0) + body)
        answer = kernel.recv(4096)
    if _HEADER.unpack_from(answer)[1] == _IS_ERROR:
        number = -struct.unpack_from("=i", answer, _HEADER.size)[0]
        if number == errno.ENOENT:
            return None
        raise OSError(number, os.strerror(number))
    _, state, _, _, found, _, _, _, uid, inode = _ANSWER.unpack_from(answer, _HEADER.size)
    return int(uid) if inode and state != _SYN_SENT and _ends(found) == _ends(wanted) else None


def _ends(id: bytes) -> tuple[bytes, ...]:
    """Ports and addresses. Where none is connected so, the kernel answers with one that listens at ``theirs``."""
    ports, local, remote = id[:4], id[4:20], id[20:36]
    plain = [end[12:].ljust(16, b"\0") if end.startswith(_MAPPED) else end for end in (local, remote)]
    return (ports, *plain)
