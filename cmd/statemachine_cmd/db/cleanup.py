"""``cleanup``: delete finished jobs."""

from __future__ import annotations

from statemachine_cmd.db import ages, job_arguments, listing
from statemachine_cmd.db.confirm import confirm, has_terminal
from statemachine_cmd.db.parser import NEVER, Option
from statemachine_cmd.db.prune import number
from statemachine_internal.store.connection import connect
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.pruning import Pruning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db cleanup --status completed --older-than 7d"


def add_arguments(parser: Parser) -> None:
    for option in (
        Option("--status", "those that came to this end", metavar="S", choices=job_arguments.FINISHED, required=True),
        ages.older_than_option("only those whose end is"),
        Option("--force", "do it without asking", value=NEVER),
    ):
        parser.add(option)


def run(given: Given) -> int:
    path = database_path()
    connect(path, readonly=True).close()  # there is nothing to delete in a database that this would make
    with Pruning(path, listing.now() - (given.older_than or 0) * 1_000_000) as pruning:
        if not given.force:
            found = pruning.count_jobs(given.status)
            if found or not has_terminal():
                confirm(f"this deletes {number(found, f'{given.status} job')} from {path}", force=False)
        print(f"deleted {number(pruning.delete_jobs(given.status), f'{given.status} job')}")
    return 0
