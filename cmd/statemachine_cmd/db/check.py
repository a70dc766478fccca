"""``check``: verify what must hold between the rows, without changing anything."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing
from statemachine_internal.errors import EX_REFUSED
from statemachine_internal.service.printable import printable
from statemachine_internal.store import invariants
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db check"


def add_arguments(parser: Parser) -> None:
    parser.add(arguments.limit_option("complaints of one kind"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    counts, complaints = invariants.check(database_path(), given.limit)
    if given.format == "json":
        found = [{"invariant": name, "message": message} for name, message in complaints]
        listing.print_json({"ok": not found, "counts": counts, "complaints": found})
    elif complaints:
        for name, message in complaints:
            print(f"{name}: {printable(message)}")
    else:
        print("ok: " + ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items()))
    return EX_REFUSED if complaints else 0
