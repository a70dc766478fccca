"""``prune``: delete old events that are settled, old jobs that are done or cancelled, and old history."""

from __future__ import annotations

from statemachine_cmd.db import ages, listing
from statemachine_cmd.db.border import complain
from statemachine_cmd.db.confirm import confirm, has_terminal
from statemachine_cmd.db.parser import NEVER, Option
from statemachine_internal.store.connection import NoDatabase, connect
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.pruning import Pruning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db prune --older-than 90d --dry-run"


def add_arguments(parser: Parser) -> None:
    for option in (
        ages.older_than_option("delete settled events, done or cancelled jobs, and rows of the feed", required=True),
        Option("--dry-run", "only say what would be deleted", value=NEVER),
        Option("--force", "do it without asking", value=NEVER),
    ):
        parser.add(option)


def run(given: Given) -> int:
    path = database_path()
    try:
        connect(path, readonly=True).close()  # there is nothing to delete in a database that this would make
    except NoDatabase as error:
        complain(str(error))
        return 0
    with Pruning(path, listing.now() - given.older_than * 1_000_000) as pruning:
        if given.dry_run:
            print(f"would delete {counted(pruning.count(), pruning.count_jobs())}")
            return 0
        if not given.force:
            found, jobs = pruning.count(), pruning.count_jobs()
            if any(found) or jobs or not has_terminal():
                confirm(f"this deletes {counted(found, jobs)} from {path}", force=False)
        print(f"deleted {counted(pruning.delete(), pruning.delete_jobs())}")
    return 0


def counted(found: tuple[int, int], jobs: int) -> str:
    """How many events, jobs and rows of the feed, in words; no word of jobs where there is none."""
    events, rows = found
    work = f", {number(jobs, 'job')}" if jobs else ""
    return f"{number(events, 'event')}{work} and {number(rows, 'feed row')}"


def number(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"
