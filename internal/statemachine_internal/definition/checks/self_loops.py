"""Transitions of a state to itself on what its own actions emit at once: the machine never rests."""

from __future__ import annotations

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.runs.outcomes import Chance, Cost, Result, results
from statemachine_internal.definition.diagnostics import quoted
from statemachine_internal.definition.model import ActionSpec, Transition

# The world answers these, and gives the same answer as long as nothing happens in it.
_POLLS = frozenset({"check_events", "check_machine_state", "claim_job", "clear_events"})


def check(given: Given) -> None:
    definition = given.definition
    for transition in definition.transitions:
        states = definition.states if transition.wildcard else transition.sources
        target = transition.target
        if target is None or target not in states or target not in given.reached or transition.when is not None:
            continue
        if definition.candidates(target, transition.event)[:1] != (transition,) or definition.states[target].final:
            continue
        if _emitted_at_once(given, target, transition) and _spins(given, target, transition, set()):
            message = (
                f"the state {quoted(target)} emits {quoted(transition.event)} each time that it is entered, and this "
                "leads back into it at once: the machine never rests"
            )
            hint = "put a sleep, a timeout(N) or a condition between, or lead to another state"
            spot = given.places.of(transition.position, "event")
            given.report.warning(spot, "self-loop", message, text=transition.event, hint=hint)
            given.flagged.add(target)


def _emitted_at_once(given: Given, state: str, transition: Transition) -> bool:
    return any(
        result.event == transition.event and result.cost is Cost.INSTANT and result.chance is Chance.SURE
        for spec in (*transition.actions, *given.definition.states[state].actions)
        for result in results(given, spec)
    )


def _spins(given: Given, state: str, via: Transition, seen: set[str]) -> bool:
    """Whether every entry by ``via`` leads into ``state`` again, and nothing takes time or may go otherwise."""
    if via.key in seen:
        return True
    seen.add(via.key)
    for spec in (*via.actions, *given.definition.states[state].actions):
        verdict = _goes_round(given, state, spec, seen)
        if verdict is not None:
            return verdict
    return False  # the list ends, and the machine rests


def _goes_round(given: Given, state: str, spec: ActionSpec, seen: set[str]) -> bool | None:
    """True: back into the state; False: it waits or leads elsewhere; None: the next action runs."""
    ends = [end for end in results(given, spec) if end.chance is not Chance.FAULT]
    if spec.type in _POLLS:
        answers = [end for end in ends if end.cost is Cost.INSTANT and end.chance is Chance.SURE and not end.parks]
        if any(_where(given, state, end, seen) for end in answers):
            return True
    if any(end.cost is Cost.TIME or end.parks or end.anything or end.chance is Chance.OPEN for end in ends):
        taken = any(_taken(given, state, end) is not None for end in ends) or any(end.anything for end in ends)
        waits = any(end.cost is Cost.TIME or end.parks for end in ends)
        return False if taken or waits else None
    verdicts = [_where(given, state, end, seen) for end in ends if end.cost is Cost.INSTANT]
    if False in verdicts:
        return False
    return True if verdicts and all(verdicts) else None


def _where(given: Given, state: str, end: Result, seen: set[str]) -> bool | None:
    transition = _taken(given, state, end)
    if transition is None:
        return None
    return transition.target == state and transition.when is None and _spins(given, state, transition, seen)


def _taken(given: Given, state: str, end: Result) -> Transition | None:
    found = given.definition.candidates(state, end.event) if end.event else ()
    return found[0] if found else None
