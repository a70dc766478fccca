"""``recreate-database``: empty the database, after a backup, while no machine runs."""

from __future__ import annotations

from statemachine_cmd.db.confirm import confirm
from statemachine_cmd.db.parser import NEVER, Option
from statemachine_internal.service.printable import printable
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.recreation import recreate, refuse_while_machines_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db recreate-database"


def add_arguments(parser: Parser) -> None:
    parser.add(Option("--force", "do it without asking; while a machine runs it is refused all the same", value=NEVER))


def run(given: Given) -> int:
    path = database_path()
    alive = _alive()
    refuse_while_machines_run(path, alive)
    confirm(f"this deletes all machines, events, jobs and history from {path}, after a backup", force=given.force)
    backup = recreate(path, _alive)
    made = f"backup: {backup}" if backup else "there was none before"
    print(printable(f"{path} is empty; {made}"))
    return 0


def _alive() -> list[str]:
    from statemachine_internal.runtime.lock import alive_machines

    return alive_machines()
