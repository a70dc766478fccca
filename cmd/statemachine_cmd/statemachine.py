"""``statemachine``: run one machine in the foreground; the same program is the unit's ExecStart."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Sequence
from typing import Any

from statemachine_internal.errors import StateMachineError
from statemachine_internal.runtime.host import Host
from statemachine_internal.runtime.options import Options
from statemachine_internal.service.activation import inherited_sockets, turn_away
from statemachine_internal.service.command_line import OneLineParser
from statemachine_internal.service.streams import mend_streams
from statemachine_internal.version import VERSION

PROGRAM = "statemachine"
YOUNG_OBJECTS = 10_000  # that come to be between two collections


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code: 0, 1 refused, 2 usage, 78 configuration."""
    mend_streams()
    try:
        options = parse(argv)
    except SystemExit:
        turn_away(inherited_sockets())
        raise
    # What is loaded by now stays, so that no collection looks at it again; a machine makes few cycles.
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    try:
        asyncio.run(Host(options, program=True).run())
    except StateMachineError as error:
        for line in str(error).splitlines():
            print(f"{PROGRAM}: {line}", file=sys.stderr)
        for text in error.tracebacks:
            print(text.rstrip("\n"), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def parse(argv: Sequence[str] | None) -> Options:
    """The command line as options; ends the program with exit code 2 and one line where it is wrong."""
    return Options(**vars(parser().parse_args(argv)))


def parser() -> argparse.ArgumentParser:
    """The parser, from which the manual page is made too."""
    made = OneLineParser(
        prog=PROGRAM,
        description="Run a state machine from its YAML definition, on from where it was.",
        epilog="example: statemachine worker.yaml --machine-name worker",
    )
    add = made.add_argument
    add("config", metavar="CONFIG", help="the definition, a YAML file")
    add("--machine-name", metavar="N", help="default: metadata.machine_name, else the file's name without its ending")
    add("--debug", action="store_true", help="log more")
    add("--actions-dir", metavar="D", help="where custom actions are (default: actions/ beside CONFIG)")
    add("--initial-context", metavar="JSON", type=_json_map, help="the context of a fresh run, a JSON map")
    add("--event-socket-path", metavar="P", help="the socket that hears of changes (default: RUNTIME/events.sock)")
    add("--control-socket-prefix", metavar="P", help="listen on P-NAME.sock (default: RUNTIME/control/NAME.sock)")
    add("--fresh", action="store_true", help="start over: forget state, context and timers, keep events and history")
    add(
        "--if-asked",
        action="store_true",
        help="begin no run that no machine asked for by start_fsm; one that was cut short goes on",
    )
    add("--version", action="version", version=f"{PROGRAM} {VERSION}")
    return made


def _json_map(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError('not a JSON map; write for example \'{"key": "value"}\'')
    return value


if __name__ == "__main__":
    sys.exit(main())
