"""The machine's own control socket where systemd doesn't listen, and the doorbells of others."""

from __future__ import annotations

import socket

from statemachine_internal.control.addresses import RuntimeDirError, control_path
from statemachine_internal.control.doorbell import ring
from statemachine_internal.control.listen import open_control_socket
from statemachine_internal.errors import ConfigurationError, StoreError
from statemachine_internal.runtime.live import Machine


def listen(name: str, prefix: str | None) -> socket.socket:
    """Listen on the machine's control socket; to be called with its lock in hand."""
    try:
        return open_control_socket(name, prefix)
    except OSError as error:
        path = control_path(name, prefix)
        raise ConfigurationError(
            f"can't listen on {path}: {error.strerror}; check its folder, or choose another --control-socket-prefix"
        ) from error


def ring_at(machine: Machine, target: str) -> None:
    """Wake the machine ``target``, where it listens by its name or where its row says.

    Whatever keeps the doorbell from ringing, the event is stored, and its target looks by itself (rule P4).
    """
    try:
        heard = ring(control_path(target))
    except RuntimeDirError:  # no socket can stand there
        heard = False
    if heard:
        return
    try:
        row = machine.store.machine(target)
    except StoreError:
        return
    if row is not None and row.control_path is not None:
        ring(row.control_path)
