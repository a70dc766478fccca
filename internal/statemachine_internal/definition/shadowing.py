"""Transitions that can never be taken, because an earlier one always is."""

from __future__ import annotations

from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.model import ANY_STATE
from statemachine_internal.definition.suggest import listed
from statemachine_internal.definition.transitions import Written


def warn_shadowed(transitions: list[Written], report: Report) -> None:
    """Warns of each transition that an earlier one of the same state and event, without ``when``, goes before."""
    taken: dict[tuple[str, str], int] = {}
    for written in transitions:
        transition = written.transition
        hidden = [source for source in transition.sources if (source, transition.event) in taken]
        if hidden:
            line = taken[hidden[0], transition.event]
            where = "any state" if hidden == [ANY_STATE] else f"the state {listed(map(quoted, hidden))}"
            message = f"in {where}, {quoted(transition.event)} is always taken by the transition at line {line}"
            hint = "give that one a 'when', or remove this one"
            report.warning(written.event, "shadowed-transition", message, text=transition.event, hint=hint)
        if not written.conditional:
            for source in transition.sources:
                taken.setdefault((source, transition.event), transition.position.line)
