"""``list-events``: events and what became of them."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

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


def add_arguments(parser: arguments.Parser) -> None:
    parser.add_argument("--target", metavar="M", help="sent to this machine")
    parser.add_argument("--status", choices=arguments.STATUSES, help="what became of them")
    parser.add_argument("--source", metavar="S", help="sent by this source")
    parser.add_argument("--type", metavar="T", help="of this type")
    parser.add_argument("--job-id", metavar="J", help="about this job")
    arguments.add_limit(parser, "events")
    arguments.add_format(parser)


def run(given: Namespace) -> int:
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
