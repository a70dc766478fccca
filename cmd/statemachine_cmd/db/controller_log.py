"""``controller-log``: what machines and senders wrote into the activity log, newest first."""

from __future__ import annotations

from statemachine_cmd.db import arguments, job_rows, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db controller-log --machine controller --limit 20"

HEADINGS = (
    ("id", "id"),
    ("created", "created"),
    ("machine", "machine"),
    ("level", "level"),
    ("state", "state"),
    ("job", "job_id"),
    ("message", "message"),
)
FREE = frozenset({"machine", "state", "job_id", "message"})


def add_arguments(parser: Parser) -> None:
    parser.add(arguments.machine_option())
    parser.add(arguments.hours_option())
    parser.add(arguments.limit_option("lines"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    rows = job_rows.fetched(
        lambda database, limit: database.log(given.machine, since=listing.since(given.hours), limit=limit),
        given.limit,
    )
    job_rows.show(given, rows, HEADINGS, free=FREE)
    return 0
