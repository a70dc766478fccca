"""``reset``: a machine starts over at its next start."""

from __future__ import annotations

from statemachine_cmd.db import listing
from statemachine_cmd.db.confirm import confirm
from statemachine_cmd.db.parser import NEVER, Option
from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.errors import StateMachineError
from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.resetting import Resetting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db reset worker"


class NeverRan(StateMachineError):
    """There is nothing to reset."""

    code = "unknown_machine"

    def __init__(self, machine: str) -> None:
        super().__init__(f"no machine '{machine}' has run here; see: statemachine-db machine-state")


def add_arguments(parser: Parser) -> None:
    parser.add(Option("machine", "the machine; it must not be running", metavar="M", required=True))
    parser.add(Option("--force", "do it without asking", value=NEVER))


def run(given: Given) -> int:
    machine = check_machine_name(given.machine)
    with Resetting(database_path()) as database:
        state = database.state_of(machine)
        if state is None:
            raise NeverRan(machine)
        lock = MachineLock(machine)
        try:
            confirm(
                f"this makes machine '{machine}', now in state '{state}', forget its state, context and timers",
                force=given.force,
            )
            database.reset(machine, listing.now())
        finally:
            lock.release()
    print(f"machine {machine} starts over at its next start; events that wait for it are taken then")
    return 0
