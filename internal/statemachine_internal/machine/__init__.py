"""The pure core: what a machine does next, decided from values alone.

    Snapshot ──┐
    Trigger  ──┼─► step(definition, snapshot, trigger) ─► Step(outcome, snapshot, transition, timers)
    Definition ┘

No input or output, no clock, no logger, no database. The runtime stores what a step says, and only then acts.
"""

from statemachine_internal.machine.snapshot import Snapshot, advance, first_snapshot, resumed
from statemachine_internal.machine.step import Outcome, Step, find_transition, step
from statemachine_internal.machine.trigger import Trigger, TriggerKind, event_data

__all__ = [
    "Outcome",
    "Snapshot",
    "Step",
    "Trigger",
    "TriggerKind",
    "advance",
    "event_data",
    "find_transition",
    "first_snapshot",
    "resumed",
    "step",
]
