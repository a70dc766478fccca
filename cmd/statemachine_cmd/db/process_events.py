"""``process-events``: what is pending, or deferred, for one machine."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing, times
from statemachine_cmd.db.parser import Option
from statemachine_internal.control.addresses import check_machine_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db process-events worker"

HEADINGS = (
    ("id", "id"),
    ("age", "age"),
    ("created", "created"),
    ("source", "source"),
    ("type", "type"),
    ("status", "status"),
    ("job", "job_id"),
    ("not before", "not_before"),
)
FREE = frozenset({"source", "type", "job_id"})


def add_arguments(parser: Parser) -> None:
    parser.add(Option("machine", "the machine", metavar="M", required=True))
    parser.add(arguments.limit_option("events"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    machine = check_machine_name(given.machine)
    rows = listing.fetched(
        lambda database, limit: database.pending(machine, payload=given.format == "json", limit=limit), given.limit
    )
    now = listing.now()
    for row in rows:
        row["age"] = (
            round((now - row["created"]) / times.SECOND, 3)
            if given.format == "json"
            else times.age(row["created"], now)
        )
    listing.show(given, rows, HEADINGS, free=FREE)
    return 0
