"""Which states the transitions lead to."""

from __future__ import annotations

from collections.abc import Iterator

from statemachine_internal.definition.model import MachineDefinition, Transition


def open_transitions(definition: MachineDefinition, state: str) -> Iterator[Transition]:
    """The transitions that may be taken in ``state``: those that no earlier one goes before, none in a final state."""
    if definition.states[state].final:
        return
    for event in definition.events_taken(state):
        for transition in definition.candidates(state, event):
            yield transition
            if transition.when is None:
                break


def reachable(definition: MachineDefinition) -> frozenset[str]:
    """The states that a fresh machine may come to, if every event may come and every condition may hold."""
    found = {definition.initial_state}
    todo = [definition.initial_state]
    while todo:
        for transition in open_transitions(definition, todo.pop()):
            if transition.target is not None and transition.target not in found:
                found.add(transition.target)
                todo.append(transition.target)
    return frozenset(found)
