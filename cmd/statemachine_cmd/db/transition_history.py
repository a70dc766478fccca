"""``transition-history``: which changes of state there were."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db transition-history --machine worker --hours 24"

HEADINGS = (
    ("id", "id"),
    ("created", "created"),
    ("machine", "machine"),
    ("from", "from_state"),
    ("to", "to_state"),
    ("event", "event"),
    ("entry", "entry"),
    ("job", "job_id"),
    ("event id", "event_id"),
)
FREE = frozenset({"machine", "from_state", "to_state", "event", "job_id"})


def add_arguments(parser: Parser) -> None:
    parser.add(arguments.machine_option())
    parser.add(arguments.hours_option())
    parser.add(arguments.limit_option("transitions"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    rows = listing.fetched(
        lambda database, limit: database.transitions(given.machine, since=listing.since(given.hours), limit=limit),
        given.limit,
    )
    listing.show(given, rows, HEADINGS, free=FREE)
    return 0
