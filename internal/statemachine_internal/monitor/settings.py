"""What the monitor was asked to do."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field, replace

from statemachine_internal.errors import StateMachineError, UsageError

from .token import credential_path, read_token

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
            f"the monitor has no token, so it serves this host alone and not {host}; give it one with --token-file "
            f"or the unit's credential 'token', or reach it from elsewhere through ssh -L {PORT}:{LOOPBACK}:{PORT}"
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
    token_file: str | None = None
    """The file of the token; None for the unit's credential, if it has one."""
    any_user: bool = False
    """Whether, without a token, every user of this host may ask."""
    token: str | None = field(default=None, repr=False)
    """What everybody who asks has to give, if anything; ``checked`` reads it."""

    def checked(self) -> Settings:
        """These settings with their token, if the monitor may run with them.

        Raises:
            TokenUnusable: there is no token where it should be.
            UsageError: they contradict each other, or name what isn't there.
            NoToken: the host is not this host's own loopback, and there is no token.
        """
        path = self.token_file or credential_path()
        token = self.token if path is None else read_token(path)
        if token is None and self.host != LOCALHOST and not is_loopback(self.host):
            raise NoToken(self.host)
        if token is not None and self.any_user:
            raise UsageError(
                "--any-user lets everybody in without a token, and there is one; leave one of the two out "
                "(LoadCredential= in a drop-in takes the unit's away)"
            )
        if self.port and self.port == self.websocket_port:
            raise UsageError(
                f"--port and --websocket-port are both {self.port}; every port serves the same paths, "
                "so choose another one, or use --no-websocket"
            )
        if self.project_root is not None and not os.path.isdir(self.project_root):
            raise UsageError(f"--project-root {self.project_root} is no folder")
        return replace(self, token=token)

    @property
    def address(self) -> str:
        """The host as an address to listen on."""
        return LOOPBACK if self.host == LOCALHOST else self.host


def is_loopback(host: str) -> bool:
    """True for an address that only this host can reach."""
    try:
        address = ipaddress.ip_address(host)
        # Whether ::ffff:127.0.0.1 counts differs from one Python to the next.
        return address.is_loopback and getattr(address, "ipv4_mapped", None) is None
    except ValueError:  # a name, and what it resolves to may change
        return False
