"""Which states end the machine (requirement A7)."""

from __future__ import annotations

from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.fields import names_of
from statemachine_internal.definition.model import ENDING_STATES
from statemachine_internal.definition.nodes import Node
from statemachine_internal.definition.states import StateNames
from statemachine_internal.definition.transitions import Written


def final_states(node: Node | None, states: StateNames, transitions: list[Written], report: Report) -> frozenset[str]:
    """The states in ``final:``; without it, ``stopped``, ``shutdown`` and ``completed`` where nothing leads out."""
    if node is None:
        left = {name for w in transitions if w.target is not None for name in w.transition.sources}
        return frozenset(name for name in ENDING_STATES if name in states.places and name not in left)
    final = {
        use.text for use in names_of(node, "'final'", report) if states.knows(use, "'final'", report, strict=False)
    }
    for written in transitions:
        for source in written.sources:
            if source.text in final:
                message = f"the state {quoted(source.text)} is final, so nothing leads out of it"
                hint = "remove this transition, or the state from 'final'"
                report.warning(source, "final-with-way-out", message, text=source.text, hint=hint)
    return frozenset(final)
