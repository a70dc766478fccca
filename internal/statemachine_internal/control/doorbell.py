"""The doorbell: "look at your inbox", from a process that has just committed a row there.

It carries nothing and waits for nothing. A machine that isn't there looks at its inbox when it starts; one whose
backlog is full is about to be woken by what stands in it.
"""

from __future__ import annotations

import _socket

from statemachine_internal.control.addresses import control_path
from statemachine_internal.control.envelope import WAKE
from statemachine_internal.control.trust import is_trusted_owner, is_trusted_uid, peer_credentials
from statemachine_internal.errors import StateMachineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def ring(path: str) -> bool:
    """Wake the machine that listens at the control socket ``path``; returns at once (about 20 µs).

    Returns:
        Whether the wake-up stands in its queue. False: nobody listens, the backlog is full, or the socket belongs to
        someone whom a sender doesn't trust.
    """
    try:
        if not is_trusted_owner(path):
            return False
        sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET | _socket.SOCK_NONBLOCK)
    except OSError:
        return False
    try:
        sock.connect(path)
        if not is_trusted_uid(peer_credentials(sock)[1]):
            return False
        sock.send(WAKE, _socket.MSG_NOSIGNAL)
    except OSError:
        return False
    finally:
        sock.close()
    return True


def ring_machine(machine: str, stored_path: Callable[[], str | None]) -> bool:
    """Wake a machine where it listens by its name, or else where its row says.

    Args:
        machine: its name.
        stored_path: the control socket in its row, None if there is none; asked only if nobody listens by the name.

    Returns:
        Whether it is rung, as ``ring`` says it.
    """
    try:
        if ring(control_path(machine)):
            return True
    except StateMachineError:  # no socket can stand there
        pass
    path = stored_path()
    return path is not None and ring(path)
