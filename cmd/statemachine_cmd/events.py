"""``statemachine-events``: follow what happens in the machines, here or at another host's monitor."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence

from statemachine_cmd.db import times
from statemachine_internal.errors import StateMachineError, UsageError
from statemachine_internal.feed.remote import AGAIN, Unreachable, rows
from statemachine_internal.feed.tail import Happened, Tail
from statemachine_internal.feed.words import level, words
from statemachine_internal.service.command_line import OneLineParser, port_number
from statemachine_internal.service.printable import printable
from statemachine_internal.service.streams import forget_output, mend_streams
from statemachine_internal.service.terminal import wants_colour
from statemachine_internal.service.vocabulary import LEVELS
from statemachine_internal.store.paths import database_path
from statemachine_internal.version import VERSION

PROGRAM = "statemachine-events"
PORT = 3001
NEWEST = 2**63 - 1  # the greatest id that SQLite knows
INTERRUPTED, PIPE_CLOSED = 130, 141  # as a shell says them


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code: 0, 1 refused, 2 usage, 130 interrupted, 141 nobody reads any more."""
    mend_streams()
    given = parser().parse_args(argv)
    try:
        _follow(given)
    except StateMachineError as error:
        print(f"{PROGRAM}: {printable(str(error))}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            forget_output()
            return PIPE_CLOSED
        print(f"{PROGRAM}: {printable(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def parser() -> OneLineParser:
    """The parser, from which the manual page is made too."""
    made = OneLineParser(
        prog=PROGRAM,
        description="Follow what happens in the machines, line by line, until Ctrl+C.",
        epilog="example: statemachine-events --machine worker --format json",
    )
    add = made.add_argument
    add("--machine", metavar="M", help="this machine alone")
    add("--format", choices=("human", "json", "compact"), default="human", help="how to print it (default: human)")
    add("--duration", metavar="S", type=_seconds, help="end after S seconds, decimals allowed")
    add(
        "--after", metavar="ID", type=_row_id, help="begin behind this row; 0: at the oldest (default: what comes next)"
    )
    add("--host", metavar="H", help="follow the monitor of this host, instead of this host's own feed")
    add("--port", metavar="P", type=port_number, default=PORT, help="the port of that monitor (default: %(default)s)")
    add("--token-file", metavar="F", help="the file that holds that monitor's token")
    add("--version", action="version", version=f"{PROGRAM} {VERSION}")
    return made


def _follow(given: argparse.Namespace) -> None:
    deadline = None if given.duration is None else time.monotonic() + given.duration
    show = _shower(given)
    if given.host is not None:
        asyncio.run(_follow_remote(given, deadline, show))
        return
    if given.token_file is not None:
        raise UsageError("--token-file is for the monitor of another host; name it with --host")
    with Tail(database_path(), given.after) as tail:
        for row in tail.follow(deadline):
            show(row)


async def _follow_remote(given: argparse.Namespace, deadline: float | None, show: _Shower) -> None:
    """Follow a monitor; where the connection breaks, it goes on with what was missed."""
    token = None if given.token_file is None else _token(given.token_file)
    last, greeted = given.after, asyncio.Event()

    def greet(newest: int) -> None:
        nonlocal last
        greeted.set()
        if last is None:  # what comes while the connection is broken comes next too
            last = newest

    timer = asyncio.timeout(None if deadline is None else deadline - time.monotonic())
    try:
        async with timer:
            while True:
                try:
                    async for row in rows(given.host, given.port, token, last, greet):
                        last = row.id
                        show(row)
                except Unreachable as error:
                    if not greeted.is_set():
                        raise
                    print(f"{PROGRAM}: {printable(str(error))}; trying again", file=sys.stderr)
                await asyncio.sleep(AGAIN)
    except TimeoutError:
        if not timer.expired():
            raise


class _Shower:
    """Prints rows in the format that was asked for, each at once."""

    def __init__(self, format: str, machine: str | None) -> None:
        self._format, self._machine = format, machine
        self._colour = format == "human" and wants_colour(sys.stdout)

    def __call__(self, row: Happened) -> None:
        if self._machine in (None, row.machine):
            print(self._line(row), flush=True)

    def _line(self, row: Happened) -> str:
        if self._format == "json":
            return json.dumps(
                {
                    "id": row.id,
                    "type": row.type,
                    "machine_name": row.machine,
                    "payload": row.payload,
                    "timestamp": times.iso(row.at),
                }
            )
        text = printable(words(row.type, row.payload))
        if self._format == "compact":
            return f"{row.id} {printable(row.machine)} {text}"
        named = LEVELS.get(level(row.type, row.payload)) or LEVELS["info"]
        label = f"{named.label:<8}"
        if self._colour:
            label = f"\x1b[{named.colour}m{label}\x1b[0m"
        return f"{times.short(row.at)} {label} {printable(row.machine)}: {text}"


def _shower(given: argparse.Namespace) -> _Shower:
    return _Shower(given.format, given.machine)


def _token(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            token = file.read().strip()
    except OSError as error:
        raise UsageError(f"--token-file {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        token = ""
    if not token.isprintable() or not token:
        raise UsageError(f"--token-file {path} holds no token; a token is one line of printable characters")
    return token


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError(f"'{text}' is no duration; use a number of seconds")
    return seconds


def _row_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > NEWEST:
        raise argparse.ArgumentTypeError(f"'{text}' is no id of a row; use the number that --format json shows as id")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
