"""``statemachine-system``: the monitor and several machines in the foreground, until Ctrl+C."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace

from statemachine_internal.errors import StateMachineError
from statemachine_internal.service.command_line import OneLineParser, port_number
from statemachine_internal.service.streams import mend_streams
from statemachine_internal.system.manifest import plan
from statemachine_internal.system.supervise import Supervisor, missing
from statemachine_internal.version import VERSION

PROGRAM = "statemachine-system"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code: 0, 1 a machine failed, 2 usage, 78 configuration."""
    mend_streams()
    given = parser().parse_args(argv)
    try:
        planned = plan(given.paths or ["."])
        if given.port is not None:
            planned = replace(planned, monitor=True, port=given.port)
        if given.no_monitor:
            planned = replace(planned, monitor=False)
        elif planned.monitor and (lacking := missing()) is not None:
            text = (
                f"the monitor is left out: Python's '{lacking}' is missing; install the package statemachine-monitor "
                "(or, in a venv: pip install 'statemachine-engine[monitor]')"
            )
            planned = replace(planned, monitor=False, warnings=(*planned.warnings, text))
        return asyncio.run(Supervisor(planned, given.debug, sys.stdout).run())
    except StateMachineError as error:
        for line in str(error).splitlines():
            print(f"{PROGRAM}: {line}", file=sys.stderr)
        for text in error.tracebacks:
            print(text.rstrip("\n"), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:  # before the supervisor took the signals over
        return 130


def parser() -> OneLineParser:
    """The parser, from which the manual page is made too."""
    made = OneLineParser(
        prog=PROGRAM,
        description="Run the monitor and several machines in the foreground, and end them all on Ctrl+C.",
        epilog="example: statemachine-system examples/controller_worker",
    )
    made.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="a manifest, a folder (with system.yaml, else with definitions), or definitions (default: this folder)",
    )
    made.add_argument(
        "--port",
        metavar="N",
        type=port_number,
        help="the port of the monitor (default: the manifest's, else that of statemachine-ui; 0: any free one)",
    )
    made.add_argument("--no-monitor", action="store_true", help="run the machines alone")
    made.add_argument("--debug", action="store_true", help="let the machines log more")
    made.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    return made


if __name__ == "__main__":
    sys.exit(main())
