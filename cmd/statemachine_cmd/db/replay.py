"""``replay``: what another definition would have done with what happened to a machine."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing
from statemachine_cmd.db.border import complain
from statemachine_cmd.db.parser import Option
from statemachine_cmd.db.prune import number
from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.errors import EX_REFUSED
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from statemachine_cmd.db.parser import Given, Parser
    from statemachine_internal.replay.compared import Comparison

EXAMPLE = "statemachine-db replay worker --with new.yaml"

HEADINGS = (
    ("id", "id"),
    ("time", "created"),
    ("in", "state"),
    ("event", "event"),
    ("was", "was"),
    ("would be", "would"),
)
FREE = frozenset({"state", "event", "was", "would"})


def add_arguments(parser: Parser) -> None:
    parser.add(Option("machine", "the machine whose history is taken", metavar="M", required=True))
    parser.add(Option("--with", "the definition to try, a YAML file", metavar="FILE", required=True))
    parser.add(arguments.hours_option())
    parser.add(arguments.limit_option("differences"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    # Reading a definition weighs what no listing may carry.
    from statemachine_internal.definition.diagnostics import DefinitionError
    from statemachine_internal.definition.loading import load_definition
    from statemachine_internal.replay.compared import compared
    from statemachine_internal.replay.recorded import Recorded

    machine, file = check_machine_name(given.machine), vars(given)["with"]
    try:
        definition = load_definition(file)
    except DefinitionError as error:
        for line in str(error).splitlines():
            complain(line)
        return error.exit_code
    with Recorded(database_path()) as recorded:
        found = compared(definition, machine, recorded.happenings(machine, listing.since(given.hours)))
        if not found.steps and not recorded.knows(machine):
            from statemachine_cmd.db.machine_health import NoSuchMachine

            raise NoSuchMachine(f"no machine '{machine}' has run here; see: statemachine-db machine-state")
    rows = [_row(each) for each in found.differences[: given.limit]]
    listing.show(given, rows, HEADINGS, free=FREE)
    complain(_summary(found, file, given.limit))
    return EX_REFUSED if found.differences else 0


def _row(difference: Any) -> dict[str, Any]:
    happening = difference.happening
    return {
        "id": happening.id,
        "created": happening.at,
        "state": happening.from_state or "(begin)",
        "event": happening.name,
        "was": difference.was,
        "would": difference.would,
    }


def _summary(found: Comparison, file: str, limit: int) -> str:
    text = f"{number(found.steps, 'recorded step')}, of which {len(found.differences)} would be otherwise with {file}"
    if found.undecided:
        text += f"; {found.undecided} hang on values that the history doesn't hold"
    if len(found.differences) > limit:
        text += f"; --limit shows more than {limit} of them"
    return text
