"""Serve the monitor on one port.

    python -m statemachine_engine.monitoring.websocket_server [--port 8765] [--host H] [--token-file F] [--any-user]

It is the application that ``statemachine-ui`` serves, with all its paths.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from statemachine_internal.monitor.arguments import add_any_user, add_host, add_port, add_token_file
from statemachine_internal.monitor.launch import launch
from statemachine_internal.monitor.settings import WEBSOCKET_PORT, Settings
from statemachine_internal.service.command_line import OneLineParser
from statemachine_internal.service.streams import mend_streams
from statemachine_internal.store.paths import database_path

__all__ = ["main"]

_PROGRAM = "python -m statemachine_engine.monitoring.websocket_server"


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT.

    Args:
        argv: the arguments; the process' own by default.

    Returns:
        The exit code: 0, 1 refused, 2 usage, 78 configuration.
    """
    mend_streams()
    parser = OneLineParser(prog=_PROGRAM, description="Serve the monitor to this host, on one port.")
    add_port(parser, "--port", WEBSOCKET_PORT, "the port")
    add_host(parser)
    add_token_file(parser)
    add_any_user(parser)
    given = parser.parse_args(argv)
    return launch(_PROGRAM, Settings(database=database_path(), websocket_port=None, **vars(given)))


if __name__ == "__main__":
    sys.exit(main())
