"""``error-history``: what went wrong in the machines."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing
from statemachine_cmd.db.parser import NEVER, Option
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db error-history --machine worker --hours 1 --traceback"

HEADINGS = (
    ("id", "id"),
    ("created", "created"),
    ("machine", "machine"),
    ("state", "state"),
    ("action", "action"),
    ("job", "job_id"),
    ("event id", "event_id"),
    ("error", "error"),
)
FREE = frozenset({"machine", "state", "action", "job_id", "error"})


def add_arguments(parser: Parser) -> None:
    parser.add(arguments.machine_option())
    parser.add(arguments.hours_option())
    parser.add(Option("--traceback", "show whole errors with their tracebacks in the table too", value=NEVER))
    parser.add(arguments.limit_option("errors"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    rows = listing.fetched(
        lambda database, limit: database.errors(given.machine, since=listing.since(given.hours), limit=limit),
        given.limit,
    )
    if given.format == "json":
        listing.show(given, rows, HEADINGS, free=FREE)
        return 0
    first_lines = [row | {"error": _first_line(row["error"])} for row in rows]
    head, *body = listing.lines(first_lines, HEADINGS, free=FREE, width=arguments.terminal_width(1))
    print(head)
    for line, row in zip(body, rows, strict=True):
        print(line)
        if given.traceback:
            for text in _details(row):
                print(f"    {printable(text)}")
    return 0


def _first_line(error: object) -> str | None:
    return None if error is None else str(error).partition("\n")[0]


def _details(row: listing.Row) -> list[str]:
    """The rest of the error, and the traceback."""
    rest = str(row["error"] or "").split("\n")[1:]
    return rest + (str(row["traceback"]).rstrip("\n").split("\n") if row["traceback"] else [])
