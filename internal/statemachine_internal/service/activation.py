"""The sockets that systemd opened for this process (sd_listen_fds(3))."""

from __future__ import annotations

import os
import socket

from statemachine_internal.errors import ConfigurationError

_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def inherited_sockets() -> list[socket.socket]:
    """The listening control sockets that systemd handed over, in the order of the socket unit.

    They don't block and don't reach child processes; the variables that announced them are gone from the environment
    afterwards, so a second call returns none.

    Returns:
        An empty list when the process wasn't started by a socket unit.

    Raises:
        ConfigurationError: something else than a listening ``SOCK_SEQPACKET`` Unix socket was handed over.
    """
    descriptors = inherited_descriptors()
    if not descriptors:
        return []
    from systemd.daemon import is_socket_unix

    for descriptor in descriptors:
        if not is_socket_unix(descriptor, type=socket.SOCK_SEQPACKET, listening=1):
            raise ConfigurationError(
                f"the socket unit handed over {_description(descriptor)} as file descriptor {descriptor}, but a "
                "machine takes a listening SEQPACKET Unix socket: in the unit's [Socket] section use "
                "ListenSequentialPacket=PATH and leave Accept= off"
            )
    return [_opened(descriptor) for descriptor in descriptors]


def inherited_descriptors() -> list[int]:
    """The descriptors of all sockets that systemd handed over, whatever they are; a second call returns none.

    Raises:
        ConfigurationError: the variables that announce them are broken.
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
    return descriptors


def turn_away(sockets: list[socket.socket]) -> None:
    """Close the connections that wait, when this process won't take their messages.

    To be called before an end that a restart doesn't mend: what waits in the socket would start the unit again at once
    and for ever. The senders see the end of the connection, and store their events themselves.
    """
    for listener in sockets:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:  # none is left, or this one is gone already
                break
            connection.close()


def _opened(descriptor: int) -> socket.socket:
    taken = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, fileno=descriptor)
    taken.set_inheritable(False)
    taken.setblocking(False)
    return taken


def _description(descriptor: int) -> str:
    """What the descriptor is, in the words of systemd.socket(5) where there are any."""
    try:
        found = socket.socket(fileno=descriptor)
    except OSError:
        return "no socket"
    try:
        if found.family != socket.AF_UNIX:
            return "a network socket"
        if found.type == socket.SOCK_STREAM:
            return "a stream socket (ListenStream=)"
        if found.type == socket.SOCK_DGRAM:
            return "a datagram socket (ListenDatagram=)"
        return "a connection (Accept=yes)"
    finally:
        found.detach()
