"""``transition-history``: which changes of state there were."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

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


def add_arguments(parser: arguments.Parser) -> None:
    arguments.add_machine(parser)
    arguments.add_hours(parser)
    arguments.add_limit(parser, "transitions")
    arguments.add_format(parser)


def run(given: Namespace) -> int:
    rows = listing.fetched(
        lambda database, limit: database.transitions(given.machine, since=listing.since(given.hours), limit=limit),
        given.limit,
    )
    listing.show(given, rows, HEADINGS, free=FREE)
    return 0
