"""``pause``: a machine accepts events, and takes nothing up."""

from __future__ import annotations

from statemachine_cmd.db.parser import Option
from statemachine_internal.runtime.wishing import pause
from statemachine_internal.service.printable import printable
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db pause worker"


def add_arguments(parser: Parser) -> None:
    parser.add(Option("machine", "the machine, running or not", metavar="M", required=True))


def run(given: Given) -> int:
    already = "" if pause(database_path(), given.machine) else " already"
    way_out = f"it goes on with: statemachine-db resume {given.machine}"
    print(printable(f"machine {given.machine} is paused{already}; {way_out}"))
    return 0
