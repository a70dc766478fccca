"""The parser of a command, and the arguments that several commands share."""

from __future__ import annotations

import argparse
import os

from statemachine_cmd.db import PROGRAM
from statemachine_internal.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Never

STATUSES = ("pending", "processed", "ignored", "deferred", "failed")
DEFAULT_LIMIT = 50
LARGEST = 2**63 - 1  # SQLite's integers


class _Help(argparse.RawDescriptionHelpFormatter):
    """Takes the width itself: argparse would import shutil, and with it every compression there is."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=max(40, (terminal_width(1) or 100) - 2))


class Parser(argparse.ArgumentParser):
    """The parser of one command. A wrong argument is a UsageError, one line."""

    def __init__(self, name: str, summary: str, example: str) -> None:
        super().__init__(
            prog=f"{PROGRAM} {name}",
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example:\n  {example}",
            formatter_class=_Help,
            allow_abbrev=False,  # or a flag that comes later changes what a script means
        )

    def error(self, message: str) -> Never:
        raise UsageError(f"{message}; see: {self.prog} --help")


def add_format(parser: Parser) -> None:
    parser.add_argument("--format", choices=("table", "json"), default="table", help="how to print it (default: table)")


def add_limit(parser: Parser, what: str) -> None:
    parser.add_argument(
        "--limit",
        type=at_least_one,
        default=DEFAULT_LIMIT,
        metavar="N",
        help=f"at most so many {what} (default: {DEFAULT_LIMIT})",
    )


def add_machine(parser: Parser) -> None:
    parser.add_argument("--machine", metavar="M", help="this machine alone")


def add_hours(parser: Parser) -> None:
    parser.add_argument("--hours", type=hours, metavar="H", help="of the last H hours alone, decimals allowed")


def at_least_one(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= LARGEST - 1:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a whole number of 1 or more")
    return number


def seconds(text: str) -> float:
    return _positive(text, "a number of seconds over 0")


def hours(text: str) -> float:
    return _positive(text, "a number of hours over 0")


def terminal_width(descriptor: int) -> int | None:
    """The columns of the terminal at a file descriptor, None where there is none."""
    try:
        if not os.isatty(descriptor):
            return None
        named = os.environ.get("COLUMNS", "")
        return int(named) if named.isdecimal() and int(named) else os.get_terminal_size(descriptor).columns or None
    except (OSError, ValueError):
        return None


def _positive(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1e9:  # also what is no number
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not {what}")
    return number
