"""The stream sockets that systemd opened for the monitor (sd_listen_fds(3))."""

from __future__ import annotations

import os
import socket

from statemachine_internal.errors import ConfigurationError

_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def inherited_streams() -> list[socket.socket]:
    """The listening stream sockets, TCP or Unix, that systemd handed over, in the order of the socket unit.

    They don't block and don't reach child processes; the variables that announced them are gone from the environment.

    Returns:
        An empty list when the process wasn't started by a socket unit.

    Raises:
        ConfigurationError: something else than a listening stream socket was handed over.
    """
    if "LISTEN_FDS" not in os.environ:
        return []
    from systemd.daemon import listen_fds

    try:
        descriptors: list[int] = listen_fds(unset_environment=True)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"LISTEN_FDS and LISTEN_PID, by which a socket unit hands its sockets over, are broken: {error}"
        ) from error
    finally:
        # The library unsets them in C's environment alone; os.environ would still pass them on.
        for variable in _VARIABLES:
            os.environ.pop(variable, None)
    return [_taken(descriptor) for descriptor in descriptors]


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
