"""The stream sockets that systemd opened for the monitor (sd_listen_fds(3))."""

from __future__ import annotations

import socket

from statemachine_internal.errors import ConfigurationError
from statemachine_internal.service.activation import inherited_descriptors


def inherited_streams() -> list[socket.socket]:
    """The listening stream sockets, TCP or Unix, that systemd handed over, in the order of the socket unit.

    They don't block and don't reach child processes; the variables that announced them are gone from the environment.

    Returns:
        An empty list when the process wasn't started by a socket unit.

    Raises:
        ConfigurationError: something else than a listening stream socket was handed over.
    """
    return [_taken(descriptor) for descriptor in inherited_descriptors()]


def _taken(descriptor: int) -> socket.socket:
    from systemd.daemon import is_socket

    if not is_socket(descriptor, type=socket.SOCK_STREAM, listening=1):
        raise ConfigurationError(
            f"the socket unit handed over file descriptor {descriptor}, which is no listening stream socket; "
            "in the unit's [Socket] section use ListenStream=ADDRESS and leave Accept= off"
        )
    taken = socket.socket(fileno=descriptor)
    taken.set_inheritable(False)
    taken.setblocking(False)
    return taken
