"""States that no path of transitions leads to."""

from __future__ import annotations

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.diagnostics import quoted


def check(given: Given) -> None:
    definition = given.definition
    for name, state in definition.states.items():
        if name in given.reached or name in given.flagged:
            continue
        before = [t for t in definition.transitions if t.target == name and set(t.sources) != {name}]
        if before:
            message = f"the state {quoted(name)} is never reached: what leads to it is never reached or never taken"
        else:
            message = f"nothing leads to the state {quoted(name)}"
        hint = "add a transition to it, or remove it"
        given.report.warning(state.position, "unreachable-state", message, text=name, hint=hint)
