"""The decision: one trigger in, one step out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from statemachine_internal.definition.model import MachineDefinition, OnUnhandled, Transition
from statemachine_internal.machine.snapshot import Snapshot
from statemachine_internal.machine.trigger import Trigger, TriggerKind


class Outcome(Enum):
    """What became of a trigger."""

    TAKEN = "taken"  # a transition took it
    IGNORED = "ignored"  # no transition takes it
    DEFERRED = "deferred"  # kept until the state has changed
    FAILED = "failed"  # not taken, and the definition calls that an error


_UNHANDLED = {
    OnUnhandled.IGNORE: Outcome.IGNORED,
    OnUnhandled.DEFER: Outcome.DEFERRED,
    OnUnhandled.ERROR: Outcome.FAILED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What to store. ``timers`` are the ones to start, in seconds, after all old ones are dropped; None keeps them."""

    outcome: Outcome
    snapshot: Snapshot
    transition: Transition | None = None
    timers: tuple[tuple[str, float], ...] | None = None
    changed_state: bool = False


def step(definition: MachineDefinition, snapshot: Snapshot, trigger: Trigger) -> Step:
    """Decide what ``trigger`` does to a machine at ``snapshot``; nothing is changed.

    For a START trigger ``snapshot`` is that of ``first_snapshot``, and the state's timers are started with it.
    """
    context = _arrive(definition, snapshot.context, trigger)
    transition = _find(definition, snapshot.state, trigger.name, context, trigger.event)
    starting = trigger.kind is TriggerKind.START
    if transition is None:
        if starting:
            return Step(outcome=Outcome.IGNORED, snapshot=snapshot, timers=definition.timers(snapshot.state))
        unhandled = definition.unhandled(snapshot.state) if trigger.kind is TriggerKind.EVENT else OnUnhandled.IGNORE
        return Step(outcome=_UNHANDLED[unhandled], snapshot=snapshot)
    if transition.target is None:
        start = 0 if starting else snapshot.list_end
        after = Snapshot(
            machine=snapshot.machine,
            state=snapshot.state,
            entry=snapshot.entry,
            via=transition.key,
            list_start=start,
            cursor=start,
            list_end=start + len(transition.actions),
            context=context,
        )
        timers = definition.timers(snapshot.state) if starting else None
        return Step(outcome=Outcome.TAKEN, snapshot=after, transition=transition, timers=timers)
    target = transition.target
    after = Snapshot(
        machine=snapshot.machine,
        state=target,
        entry=snapshot.entry + 1,
        via=transition.key,
        list_end=len(transition.actions) + len(definition.states[target].actions),
        context=context,
    )
    return Step(
        outcome=Outcome.TAKEN,
        snapshot=after,
        transition=transition,
        timers=definition.timers(target),
        changed_state=target != snapshot.state,
    )


def find_transition(definition: MachineDefinition, snapshot: Snapshot, trigger: Trigger) -> Transition | None:
    """The transition that ``trigger`` would take now."""
    context = _arrive(definition, snapshot.context, trigger)
    return _find(definition, snapshot.state, trigger.name, context, trigger.event)


def _find(
    definition: MachineDefinition, state: str, name: str, context: Mapping[str, Any], event: Mapping[str, Any]
) -> Transition | None:
    for transition in definition.candidates(state, name):
        if transition.when is None or transition.when.holds(context, event):
            return transition
    return None


def _arrive(definition: MachineDefinition, context: Mapping[str, Any], trigger: Trigger) -> Mapping[str, Any]:
    """The context with the event in it. A trigger from inside leaves the last event from outside where it is."""
    if trigger.kind is not TriggerKind.EVENT:
        return context
    arrived = {**context, "event_data": trigger.event}
    spec = definition.events.get(trigger.name)
    if spec is not None:
        for key, path in spec.context_map.items():
            value = _look_up(trigger.event, path)
            if value is not _MISSING:
                arrived[key] = value
    return arrived


_MISSING = object()


def _look_up(event: Mapping[str, Any], path: str) -> Any:
    found: Any = event
    for part in path.removeprefix("event_data.").split("."):
        if isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        elif isinstance(found, Mapping) and part in found:
            found = found[part]
        else:
            return _MISSING
    return found
