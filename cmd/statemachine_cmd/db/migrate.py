"""``migrate``: bring the database up to date now, rather than when the next machine starts."""

from __future__ import annotations

from statemachine_cmd.db.parser import Option
from statemachine_internal.service.printable import printable
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.upgrade import upgrade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser
    from statemachine_internal.store.upgrade import Upgrade

EXAMPLE = "statemachine-db migrate"


def add_arguments(parser: Parser) -> None:
    parser.add(Option("--format", "how to print it (default: text)", choices=("text", "json"), default="text"))


def run(given: Given) -> int:
    done = upgrade(database_path())
    if given.format == "json":
        from statemachine_cmd.db.listing import print_json

        print_json({"database": done.path, "before": done.before, "after": done.after, "backup": done.backup})
    else:
        print(printable(_sentence(done)))
    return 0


def _sentence(done: Upgrade) -> str:
    if done.before == 0:
        return f"no database yet: made {done.path}, schema {done.after}"
    if done.before == done.after:
        return f"schema {done.after}, nothing to do"
    return f"brought from schema {done.before} to {done.after}; backup: {done.backup}"
