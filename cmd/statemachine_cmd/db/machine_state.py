"""``machine-state``: where the machines stand, and whether their processes live."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing, times
from statemachine_internal.errors import UsageError
from statemachine_internal.runtime.lock import is_alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db machine-state --machine worker --format json"

HEADINGS = (
    ("machine", "machine"),
    ("state", "state"),
    ("status", "status"),
    ("entry", "entry"),
    ("actions", "progress"),
    ("pending", "pending"),
    ("oldest", "oldest"),
    ("timer", "timer"),
    ("pid", "pid"),
    ("last activity", "last_activity"),
)
FREE = frozenset({"machine", "state", "timer"})
NEEDS_A_PROCESS = frozenset({"running", "waiting"})


def add_arguments(parser: Parser) -> None:
    parser.add(arguments.machine_option())
    parser.add(arguments.limit_option("machines"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    rows = listing.fetched(
        lambda database, limit: database.machines(given.machine, context=given.format == "json", limit=limit),
        given.limit,
    )
    now = listing.now()
    for row in rows:
        row["alive"] = _is_alive(row["machine"])
        if given.format == "table":
            _for_the_table(row, now)
    listing.show(given, rows, HEADINGS, free=FREE)
    return 0


def _is_alive(machine: str) -> bool:
    try:
        return is_alive(machine)
    except UsageError:  # no process can have a name that none may have
        return False


def _for_the_table(row: listing.Row, now: int) -> None:
    if not row["alive"]:
        row["pid"] = None  # what is stored is a pid of the past
        if row["status"] in NEEDS_A_PROCESS:
            row["status"] = "not running"
    row["progress"] = f"{row['cursor']}/{row['list_end']}"
    if row["oldest_pending"] is not None:
        row["oldest"] = times.age(row["oldest_pending"], now)
    if row["next_due"] is not None:
        row["timer"] = f"{row['next_timer']} {times.age(row['next_due'], now)}"
