"""``list-events``: events and what became of them."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing
from statemachine_cmd.db.parser import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db list-events --target worker --status ignored --limit 10"

HEADINGS = (
    ("id", "id"),
    ("created", "created"),
    ("source", "source"),
    ("target", "target"),
    ("type", "type"),
    ("status", "status"),
    ("job", "job_id"),
    ("uid", "sender_uid"),
    ("processed", "processed"),
    ("error", "error"),
)
FREE = frozenset({"source", "target", "type", "job_id", "error"})


def add_arguments(parser: Parser) -> None:
    parser.add(Option("--target", "sent to this machine", metavar="M"))
    parser.add(Option("--status", "what became of them", metavar="S", choices=arguments.STATUSES))
    parser.add(Option("--source", "sent by this source", metavar="S"))
    parser.add(Option("--type", "of this type", metavar="T"))
    parser.add(Option("--job-id", "about this job", metavar="J"))
    parser.add(arguments.limit_option("events"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    rows = listing.fetched(
        lambda database, limit: database.events(
            target=given.target,
            status=given.status,
            source=given.source,
            type=given.type,
            job_id=given.job_id,
            payload=given.format == "json",
            limit=limit,
        ),
        given.limit,
    )
    listing.show(given, rows, HEADINGS, free=FREE)
    return 0
