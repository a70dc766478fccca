"""``reset``: a machine starts over."""

from __future__ import annotations

from statemachine_cmd.db.confirm import confirm
from statemachine_cmd.db.parser import NEVER, Option
from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.runtime.lock import is_alive
from statemachine_internal.runtime.wishing import reset
from statemachine_internal.service.printable import printable
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.wishes import Wishes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db reset worker"


def add_arguments(parser: Parser) -> None:
    parser.add(Option("machine", "the machine, running or not", metavar="M", required=True))
    parser.add(Option("--force", "do it without asking", value=NEVER))


def run(given: Given) -> int:
    machine = check_machine_name(given.machine)
    with Wishes(database_path()) as wishes:
        state = wishes.state_of(machine)
    runs = is_alive(machine)
    ends = "; the action that it is at ends" if runs else ""
    confirm(
        f"this makes machine '{machine}', now in state '{state}', forget its state, context and timers{ends}",
        force=given.force,
    )
    if not reset(database_path(), machine):
        text = f"machine {machine} was told to start over, and does so as soon as its action has ended"
    elif runs:
        text = f"machine {machine} starts over now; events that wait for it are taken then"
    else:
        text = f"machine {machine} starts over at its next start; events that wait for it are taken then"
    print(printable(text))
    return 0
