"""``list``: the jobs of the queue, newest first."""

from __future__ import annotations

from statemachine_cmd.db import arguments, job_rows, listing
from statemachine_cmd.db.job_arguments import STATUSES
from statemachine_cmd.db.parser import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db list --status pending --type resize --limit 20"

HEADINGS = (
    ("id", "id"),
    ("type", "type"),
    ("status", "status"),
    ("priority", "priority"),
    ("attempts", "tried"),
    ("machine", "machine"),
    ("machine type", "machine_type"),
    ("progress", "progress"),
    ("created", "created"),
    ("run after", "run_after"),
    ("error", "error"),
)
FREE = frozenset({"id", "type", "machine", "machine_type", "error"})


def add_arguments(parser: Parser) -> None:
    parser.add(Option("--status", "where they are", metavar="S", choices=STATUSES))
    parser.add(Option("--type", "of this type", metavar="T"))
    parser.add(Option("--machine", "that this machine works on", metavar="M"))
    parser.add(arguments.limit_option("jobs"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    rows = job_rows.fetched(
        lambda database, limit: database.jobs(
            status=given.status,
            type=given.type,
            machine=given.machine,
            payload=given.format == "json",
            now=listing.now(),
            limit=limit,
        ),
        given.limit,
    )
    if given.format == "table":
        for row in rows:
            row["tried"] = f"{row['attempts']}/{row['max_attempts']}"
    job_rows.show(given, rows, HEADINGS, free=FREE)
    return 0
