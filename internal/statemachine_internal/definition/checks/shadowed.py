"""Transitions that are never taken, beyond those that the loader sees (``definition/shadowing.py``)."""

from __future__ import annotations

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.diagnostics import quoted
from statemachine_internal.definition.model import ANY_STATE, Transition


def check(given: Given) -> None:
    """Those whose ``when`` an earlier one has already, and those from ``"*"`` for which every state has its own."""
    earlier: dict[tuple[str, str, str], Transition] = {}
    for transition in given.definition.transitions:
        if transition.when is not None:
            _check_same(given, transition, earlier)
        elif transition.sources == (ANY_STATE,):
            _check_wildcard(given, transition)


def _check_same(given: Given, transition: Transition, earlier: dict[tuple[str, str, str], Transition]) -> None:
    assert transition.when is not None
    keys = [(source, transition.event, " ".join(transition.when.text.split())) for source in transition.sources]
    before = [earlier[key] for key in keys if key in earlier]
    if len(before) == len(keys):
        line = before[0].position.line
        message = f"the transition at line {line} takes {quoted(transition.event)} whenever this condition holds"
        hint = "change the condition of one of them, or remove this one"
        spot = given.places.of(transition.position, "when")
        given.report.warning(spot, "shadowed-transition", message, text=transition.when.text, hint=hint)
    for key in keys:
        earlier.setdefault(key, transition)


def _check_wildcard(given: Given, transition: Transition) -> None:
    definition = given.definition
    states = [state for state in definition.states if state in given.reached and not definition.states[state].final]
    if not states:
        return
    for state in states:
        own = [t for t in definition.candidates(state, transition.event) if not t.wildcard]
        if not any(t.when is None for t in own):
            return
    message = f"every state has a transition of its own for {quoted(transition.event)}, which goes before this one"
    spot = given.places.of(transition.position, "event")
    given.report.warning(
        spot, "shadowed-transition", message, text=transition.event, hint="remove this one, or one of theirs"
    )
