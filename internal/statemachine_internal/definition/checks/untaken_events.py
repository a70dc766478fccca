"""Events that an action's keys name, and that no transition takes where the action runs."""

from __future__ import annotations

from collections.abc import Iterable

from statemachine_internal.definition.checks.emissions import emissions
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.diagnostics import quoted
from statemachine_internal.definition.model import Position
from statemachine_internal.definition.suggest import did_you_mean, listed


def check(given: Given) -> None:
    """Only what is written counts: an event by default that nothing takes lets the next action run, as is meant."""
    definition = given.definition
    states: dict[tuple[Position, str, str], dict[str, bool]] = {}
    for spec, runs_in in given.lists():
        for emission in () if given.is_custom(spec) else emissions(spec):
            if emission.key:
                where = states.setdefault((spec.position, emission.key, emission.event), {})
                for state in given.reached.intersection(runs_in):
                    final = definition.states[state].final
                    where[state] = not final and bool(definition.candidates(state, emission.event))
    for (position, key, event), where in states.items():
        if not where or any(where.values()):
            continue
        given.flagged.update(where)
        ends = all(definition.states[state].final for state in where)
        names = listed(map(quoted, sorted(where)))
        if ends:
            message = f"{quoted(event)} is emitted in the final state {names}, where the machine ends"
            hint = f"remove it, or take {names} out of the final states"
        else:
            message = f"{quoted(event)} is emitted in the state {names}, and no transition takes it there"
            near = did_you_mean(event, _taken(given, where), given.report)
            hint = near or f"add a transition with 'event: {event}' from there, or remove it here"
        spot = given.places.name_in(position, event, key, "success" if key == "event" else "failure")
        given.report.warning(spot, "untaken-event", message, text=event, hint=hint)


def _taken(given: Given, states: Iterable[str]) -> list[str]:
    """The events that are taken in one of ``states``."""
    events = dict.fromkeys(t.event for t in given.definition.transitions if t.timeout is None)
    return [event for event in events if any(given.definition.candidates(state, event) for state in states)]
