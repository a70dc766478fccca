"""What another definition would have done at each recorded step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from statemachine_internal.definition.expression import names_in
from statemachine_internal.definition.model import START_EVENT, MachineDefinition, Transition
from statemachine_internal.machine import Snapshot, Trigger, TriggerKind, first_snapshot, step
from statemachine_internal.replay.recorded import Happening

NOT_TAKEN = "not taken"
INTERNAL = "taken, state kept"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One step that the other definition would have taken otherwise. ``was`` and ``would`` are for a person."""

    happening: Happening
    was: str
    would: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """The outcome. ``undecided`` steps hang on values that the history doesn't hold."""

    steps: int
    undecided: int
    differences: tuple[Difference, ...]


class Undecided(Exception):
    """A condition asks for what isn't recorded."""


def compared(definition: MachineDefinition, machine: str, happenings: Iterable[Happening]) -> Comparison:
    """Put every recorded step to ``definition``; nothing is done, and nothing is changed."""
    context: Mapping[str, Any] = {}
    steps = undecided = 0
    differences: list[Difference] = []
    for happening in happenings:
        steps += 1
        if not happening.from_state:
            context = {}
        try:
            would, context = _would(definition, machine, happening, context)
        except Undecided:
            undecided += 1
            continue
        was = _said(happening.to_state, happening.internal)
        if was != would:
            differences.append(Difference(happening=happening, was=was, would=would))
    return Comparison(steps=steps, undecided=undecided, differences=tuple(differences))


def _would(
    definition: MachineDefinition, machine: str, happening: Happening, context: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    """What would become of a happening, in words, and the context after it."""
    if not happening.from_state:
        return definition.initial_state, context
    if happening.from_state not in definition.states:
        return f"there is no state '{happening.from_state}'", context
    trigger = Trigger(kind=_kind(happening), name=happening.name, event=happening.event)
    place = first_snapshot(definition, machine, context=context)
    place = Snapshot(machine=machine, state=happening.from_state, entry=place.entry, context=context)
    _check_known(definition, place, trigger)
    found = step(definition, place, trigger)
    if found.transition is None:
        return NOT_TAKEN, context
    return _said(found.transition.target, found.transition.target is None), found.snapshot.context


def _check_known(definition: MachineDefinition, place: Snapshot, trigger: Trigger) -> None:
    """Raise Undecided where a condition that would be asked names what isn't known."""
    arrived = {
        *place.context,
        *(definition.events[trigger.name].context_map if trigger.name in definition.events else ()),
    }
    for transition in definition.candidates(place.state, trigger.name):
        if transition.when is None:
            return
        for name in names_in(transition.when.text, tested=True):
            if not _is_known(name.split(".")[0], arrived, trigger):
                raise Undecided(name)
        if _holds(transition, definition, place, trigger):
            return


def _is_known(head: str, context: Iterable[str], trigger: Trigger) -> bool:
    return head in context or (head in ("event", "event_data") and trigger.kind is TriggerKind.EVENT)


def _holds(transition: Transition, definition: MachineDefinition, place: Snapshot, trigger: Trigger) -> bool:
    return step(definition, place, trigger).transition is transition


def _kind(happening: Happening) -> TriggerKind:
    if happening.event:
        return TriggerKind.EVENT
    if happening.name == START_EVENT:
        return TriggerKind.START
    return TriggerKind.TIMER if happening.name.startswith("timeout(") else TriggerKind.EMITTED


def _said(to_state: str | None, internal: bool) -> str:
    if internal:
        return INTERNAL
    return NOT_TAKEN if to_state is None else to_state
