"""The sockets that the monitor opens itself, when no socket unit does."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack

from statemachine_internal.errors import StateMachineError

from .settings import Settings, is_loopback

_BACKLOG = 128


class CannotListen(StateMachineError):
    """A port can't be had."""

    code = "cannot_listen"

    def __init__(self, host: str, port: int, flag: str, error: OSError) -> None:
        self.host, self.port = host, port
        if error.errno == errno.EADDRINUSE:
            text = (
                f"port {port} of {host} is in use, perhaps by another monitor or by statemachine-monitor.socket; "
                f"stop that one, or choose another {flag}"
            )
        elif error.errno == errno.EACCES:
            text = f"this user may not listen on port {port} of {host}; choose a {flag} of 1024 or above"
        else:
            text = f"can't listen on port {port} of {host}: {error.strerror}; choose another --host or {flag}"
        super().__init__(text)


def open_listeners(settings: Settings) -> list[socket.socket]:
    """A listening socket for each port of the settings; all of them or none.

    Raises:
        CannotListen: a port is in use, or not for this user.
    """
    ports = [("--port", settings.port)]
    if settings.websocket_port is not None:
        ports.append(("--websocket-port", settings.websocket_port))
    with ExitStack() as opened:
        listeners = [opened.enter_context(_listening(settings.address, port, flag)) for flag, port in ports]
        opened.pop_all()
    return listeners


def prompt(listener: socket.socket) -> socket.socket:
    """The same listener, whose connections send small pieces at once (TCP_NODELAY, tcp(7)).

    asyncio asks for that only of sockets whose protocol number is set, which those of a listener aren't: each answer on
    a connection that is kept open then waits 40 ms for the other side's acknowledgement.
    """
    if listener.family != socket.AF_UNIX:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def described(listener: socket.socket) -> str:
    """Where a socket listens, as a user would write it."""
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{name}"
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listening(host: str, port: int, flag: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise CannotListen(host, port, flag, error) from error


def is_local(listener: socket.socket) -> bool:
    """Whether only this host can reach a socket."""
    return listener.family == socket.AF_UNIX or is_loopback(listener.getsockname()[0])
