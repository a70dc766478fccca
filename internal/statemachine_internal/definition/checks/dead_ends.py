"""States that a machine comes to and never gets out of, though they aren't final."""

from __future__ import annotations

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.reach import open_transitions
from statemachine_internal.definition.diagnostics import quoted


def check(given: Given) -> None:
    definition = given.definition
    for name, state in definition.states.items():
        if state.final or name not in given.reached or any(True for _ in open_transitions(definition, name)):
            continue
        message = f"nothing leads out of the state {quoted(name)}, and it is not final"
        hint = f"add a transition from it, or write final: [{name}]"
        given.report.warning(state.position, "dead-end", message, text=name, hint=hint)
        given.flagged.add(name)
