"""What the monitor was asked to do."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass

from statemachine_internal.errors import StateMachineError, UsageError

LOCALHOST = "localhost"
LOOPBACK = "127.0.0.1"
PORT = 3001
WEBSOCKET_PORT = 8765


class NoToken(StateMachineError):
    """The monitor would be open to the network, and nothing would ask who comes."""

    code = "no_token"

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"the monitor has no token yet, so it serves this host alone and not {host}; "
            f"use --host {LOOPBACK}, and reach it from elsewhere through ssh -L {PORT}:{LOOPBACK}:{PORT}"
        )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the monitor looks, and where it listens when nobody hands it sockets."""

    database: str
    host: str = LOOPBACK
    port: int = PORT
    """0 takes any free port."""
    websocket_port: int | None = WEBSOCKET_PORT
    """The second listener; None for none."""
    project_root: str | None = None
    """The folder of the definitions."""
    event_socket_path: str | None = None
    """The socket where the feed's wake-ups arrive."""

    def checked(self) -> Settings:
        """These settings, if the monitor may run with them.

        Raises:
            UsageError: they contradict each other, or name what isn't there.
            NoToken: the host is not this host's own loopback.
        """
        if self.host != LOCALHOST and not is_loopback(self.host):
            raise NoToken(self.host)
        if self.port and self.port == self.websocket_port:
            raise UsageError(
                f"--port and --websocket-port are both {self.port}; every port serves the same paths, "
                "so choose another one, or use --no-websocket"
            )
        if self.project_root is not None and not os.path.isdir(self.project_root):
            raise UsageError(f"--project-root {self.project_root} is no folder")
        return self

    @property
    def address(self) -> str:
        """The host as an address to listen on."""
        return LOOPBACK if self.host == LOCALHOST else self.host


def is_loopback(host: str) -> bool:
    """True for an address that only this host can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, and what it resolves to may change
        return False
