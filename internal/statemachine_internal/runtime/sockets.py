"""The machine's own control socket where systemd doesn't listen, and the doorbells of others."""

from __future__ import annotations

import socket

from statemachine_internal.control.addresses import control_path
from statemachine_internal.control.doorbell import ring_machine
from statemachine_internal.control.listen import open_control_socket
from statemachine_internal.errors import ConfigurationError, StateMachineError, StoreError
from statemachine_internal.runtime.live import Machine

_LISTENS = 0x10000  # __SO_ACCEPTCON, in the flags of /proc/net/unix (proc(5))


class SocketTaken(StateMachineError):
    """Somebody else listens where the machine would: systemd, mostly, for its unit."""

    code = "socket_taken"

    def __init__(self, machine: str, path: str) -> None:
        super().__init__(
            f"something listens on {path} for machine '{machine}' already; start it where it belongs with: systemctl "
            f"start statemachine@{machine}, or stop its socket first: systemctl stop statemachine@{machine}.socket"
        )


def listen(name: str, prefix: str | None) -> socket.socket:
    """Listen on the machine's control socket; to be called with its lock in hand.

    A socket that nobody listens on is left over, and is replaced. To replace systemd's would cut the unit off from its
    senders until the socket unit is restarted.
    """
    path = control_path(name, prefix)
    if is_listened_on(path):
        raise SocketTaken(name, path)
    try:
        return open_control_socket(name, prefix)
    except OSError as error:
        raise ConfigurationError(
            f"can't listen on {path}: {error.strerror}; check its folder, or choose another --control-socket-prefix"
        ) from error


def is_listened_on(path: str) -> bool:
    """Whether a socket at this path has somebody who accepts; to connect, and see, would start the unit."""
    try:
        with open("/proc/net/unix", encoding="utf-8", errors="surrogateescape") as table:
            rows = [line.rstrip("\n").split(maxsplit=7) for line in table][1:]
    except OSError:
        return False
    return any(len(row) == 8 and row[7] == path and int(row[3], 16) & _LISTENS for row in rows)


def ring_at(machine: Machine, target: str) -> None:
    """Wake the machine ``target``, where it listens by its name or where its row says.

    Whatever keeps the doorbell from ringing, the event is stored, and its target looks by itself (rule P4).
    """

    def stored_path() -> str | None:
        try:
            row = machine.store.machine(target)
        except StoreError:
            return None
        return None if row is None else row.control_path

    ring_machine(target, stored_path)
