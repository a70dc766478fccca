"""The arguments that several commands share, and what their values must be."""

from __future__ import annotations

import os

from statemachine_cmd.db.parser import Option

STATUSES = ("pending", "processed", "ignored", "deferred", "failed")
DEFAULT_LIMIT = 50
UNKNOWN_WIDTH = 80  # of a terminal that doesn't say
LARGEST = 2**63 - 2  # SQLite's integers, and one more is asked for


def format_option() -> Option:
    return Option("--format", "how to print it (default: table)", choices=("table", "json"), default="table")


def limit_option(what: str) -> Option:
    return Option(
        "--limit",
        f"at most so many {what} (default: {DEFAULT_LIMIT})",
        metavar="N",
        convert=at_least_one,
        default=DEFAULT_LIMIT,
    )


def machine_option() -> Option:
    return Option("--machine", "this machine alone", metavar="M")


def hours_option() -> Option:
    return Option("--hours", "of the last H hours alone, decimals allowed", metavar="H", convert=positive)


def at_least_one(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    if not 1 <= number <= LARGEST:
        raise ValueError("a whole number of 1 or more")
    return number


def positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1e6:  # so that what is no number is refused too
        raise ValueError("a number above 0, and up to a million")
    return number


def terminal_width(descriptor: int) -> int | None:
    """The columns of the terminal at a file descriptor, None where there is none."""
    try:
        if not os.isatty(descriptor):
            return None
        named = os.environ.get("COLUMNS", "")
        return (int(named) if named.isdecimal() else 0) or os.get_terminal_size(descriptor).columns or UNKNOWN_WIDTH
    except (OSError, ValueError):
        return None
