"""``resume``: a paused machine goes on."""

from __future__ import annotations

from statemachine_cmd.db.parser import Option
from statemachine_internal.runtime.wishing import unpause
from statemachine_internal.service.printable import printable
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db resume worker"


def add_arguments(parser: Parser) -> None:
    parser.add(Option("machine", "the machine, running or not", metavar="M", required=True))


def run(given: Given) -> int:
    what = "goes on" if unpause(database_path(), given.machine) else "was not paused"
    print(printable(f"machine {given.machine} {what}"))
    return 0
