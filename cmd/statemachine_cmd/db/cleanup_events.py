"""``cleanup-events``: delete events that are settled; those that are open stay, and so does what they changed."""

from __future__ import annotations

from statemachine_cmd.db import ages, listing
from statemachine_cmd.db.confirm import confirm, has_terminal
from statemachine_cmd.db.parser import NEVER, Option
from statemachine_cmd.db.prune import number
from statemachine_internal.store.connection import connect
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.pruning import Pruning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db cleanup-events --status processed --older-than 7d"

SETTLED = ("processed", "ignored", "failed")
# While an event is there, its copy is known by its uid: a sender that lost the answer may send it once more.
DEFAULT_AGE = 3600  # seconds


def add_arguments(parser: Parser) -> None:
    older_than = ages.older_than_option("only those that were settled")
    older_than.default = DEFAULT_AGE
    older_than.help += " (default: 1h, in which a sender may send one anew that it has no answer to)"
    for option in (
        Option("--status", "those that became this (default: all that are settled)", metavar="S", choices=SETTLED),
        older_than,
        Option("--force", "do it without asking", value=NEVER),
    ):
        parser.add(option)


def run(given: Given) -> int:
    path = database_path()
    connect(path, readonly=True).close()
    what = f"{given.status or 'settled'} event"
    with Pruning(path, listing.now() - given.older_than * 1_000_000) as pruning:
        if not given.force:
            found = pruning.count_events(given.status)
            if found or not has_terminal():
                confirm(f"this deletes {number(found, what)} from {path}", force=False)
        print(f"deleted {number(pruning.delete_events(given.status), what)}")
    return 0
