"""``statemachine-ui``: serve the monitor; the same program is the ExecStart of its unit."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from statemachine_internal.monitor.arguments import add_any_user, add_host, add_port, add_token_file
from statemachine_internal.monitor.launch import launch
from statemachine_internal.monitor.settings import PORT, WEBSOCKET_PORT, Settings
from statemachine_internal.service.command_line import OneLineParser
from statemachine_internal.service.streams import mend_streams
from statemachine_internal.store.paths import database_path
from statemachine_internal.version import VERSION

PROGRAM = "statemachine-ui"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code: 0, 1 refused, 2 usage, 78 configuration."""
    mend_streams()
    return launch(PROGRAM, settings(argv))


def settings(argv: Sequence[str] | None) -> Settings:
    """The command line as settings; ends the program with exit code 2 and one line where it is wrong."""
    given = vars(parser().parse_args(argv))
    if given.pop("no_websocket"):
        given["websocket_port"] = None
    return Settings(database=database_path(), **given)


def parser() -> argparse.ArgumentParser:
    """The parser, from which the manual page is made too."""
    made = OneLineParser(
        prog=PROGRAM,
        description="Serve the monitor to this host, on these ports or on the sockets of the unit that starts it.",
        epilog="example: statemachine-ui --port 3001 --no-websocket",
    )
    add_port(made, "--port", PORT, "the port of the monitor")
    made.add_argument("--project-root", metavar="P", help="the folder of the definitions")
    made.add_argument(
        "--no-websocket", action="store_true", help="open no second listener; --port serves the same paths"
    )
    add_port(made, "--websocket-port", WEBSOCKET_PORT, "the port of the second listener")
    made.add_argument(
        "--event-socket-path", metavar="P", help="the socket that hears of changes (default: RUNTIME/events.sock)"
    )
    add_host(made)
    add_token_file(made)
    add_any_user(made)
    made.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    return made


if __name__ == "__main__":
    sys.exit(main())
