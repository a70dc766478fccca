"""``machine-status``: what each machine does: the job that it works on, or what it waits for."""

from __future__ import annotations

from statemachine_cmd.db import arguments, job_rows, listing
from statemachine_internal.errors import UsageError
from statemachine_internal.runtime.lock import is_alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db machine-status --machine worker"

HEADINGS = (
    ("machine", "machine"),
    ("state", "state"),
    ("status", "status"),
    ("job", "job"),
    ("progress", "progress"),
    ("since", "job_started"),
    ("waits for", "parked_for"),
    ("jobs", "jobs"),
    ("pending", "pending"),
    ("last activity", "last_activity"),
)
FREE = frozenset({"machine", "state", "job", "parked_for"})
NEEDS_A_PROCESS = frozenset({"running", "waiting"})


def add_arguments(parser: Parser) -> None:
    parser.add(arguments.machine_option())
    parser.add(arguments.limit_option("machines"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    rows = job_rows.fetched(
        lambda database, limit: database.working_machines(given.machine, now=listing.now(), limit=limit), given.limit
    )
    for row in rows:
        row["alive"] = lives(row["machine"])
        if given.format == "table":
            row["jobs"] = row["waiting_jobs"] or None  # most machines have none, and then the column goes first
            if not row["alive"] and row["status"] in NEEDS_A_PROCESS:
                row["status"] = "not running"
    job_rows.show(given, rows, HEADINGS, free=FREE)
    return 0


def lives(machine: str) -> bool:
    """Whether a process of this machine lives; none can have a name that none may have."""
    try:
        return is_alive(machine)
    except UsageError:
        return False
