"""A machine in memory: what its rows say, and what only this process knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from statemachine_internal.actions.registry import Registry
from statemachine_internal.actions.scope import Children
from statemachine_internal.definition.model import ActionSpec, MachineDefinition
from statemachine_internal.machine import Snapshot
from statemachine_internal.runtime.lock import is_alive
from statemachine_internal.service.records import MachineLog
from statemachine_internal.store.protocol import MachineStatus, Store

FINAL_STATE = "final state"  # why a run has ended, where nobody stopped it
RESET = "reset"  # why, where somebody wants it to start over
ACTION_TIMER = "action"  # when the action at the cursor runs again: after a sleep, or for a retry

RETURN = "return"  # the key under which a row's waits_for holds a Return, and after it what the action is known as


class Phase(Enum):
    """What a machine can do next."""

    READY = "ready"  # an action of its list is next
    ACTING = "acting"  # an awaiting action is at work, or about to start
    PAUSING = "pausing"  # the action at the cursor runs again at a stored time
    PARKED = "parked"  # the action at the cursor runs again when something is worth it
    RESTING = "resting"  # the list is done
    FINISHED = "finished"  # in a final state


STATUS = {
    Phase.READY: MachineStatus.RUNNING,
    Phase.ACTING: MachineStatus.RUNNING,
    Phase.PAUSING: MachineStatus.WAITING,
    Phase.PARKED: MachineStatus.WAITING,
    Phase.RESTING: MachineStatus.WAITING,
    Phase.FINISHED: MachineStatus.FINISHED,
}

TAKES_EVENTS = frozenset({Phase.RESTING, Phase.PARKED})


@dataclass(slots=True)
class Machine:
    """What a machine is made of.

    Definition and registry change at a reload; ``epoch`` is this process's claim. While ``paused``, events are
    accepted, and nothing is taken up. ``progress`` is what the action at work has said of the machine's job. ``alone``
    says that this process is the machine's, so that who is started in it was started by an action of it.
    """

    name: str
    definition: MachineDefinition
    registry: Registry
    store: Store
    log: MachineLog
    epoch: int = 0
    paused: bool = False
    progress: float | None = None
    alone: bool = False
    volatile: dict[str, Any] = field(default_factory=dict)
    children: Children | None = None  # from its first turn on
    is_alive: Callable[[str], bool] = is_alive  # whether a process of another machine lives


@dataclass(frozen=True, kw_only=True, slots=True)
class Return:
    """Where a parked machine goes back to after an internal transition: its list, from the action that had parked.

    ``done`` actions of the list were done and ``left`` are left; ``due`` is the deadline of the wait, if it had one.
    ``known_as`` is the index in the key of the action that had parked.
    """

    via: str
    done: int
    left: int
    due: int | None
    known_as: int


@dataclass(frozen=True, slots=True)
class Live:
    """Where a machine stands. A turn makes a new one, which counts once its transaction has committed."""

    snapshot: Snapshot
    phase: Phase
    program: tuple[ActionSpec, ...]
    timers: Mapping[str, int] = field(default_factory=dict)
    waits_for: Mapping[str, Any] | None = None
    has_deferred: bool = True  # unknown at first, and the database is asked once
    returns: Return | None = None  # an internal transition's list is at work in a machine that was parked

    @property
    def spec(self) -> ActionSpec:
        """The action at the cursor."""
        return self.program[self.snapshot.cursor - self.snapshot.list_start]


def phase_of(snapshot: Snapshot, timers: Mapping[str, int], waits_for: Mapping[str, Any] | None) -> Phase:
    """The phase of a stored place."""
    if snapshot.list_done:
        return Phase.RESTING
    if waits_for is not None:
        return Phase.PARKED
    if ACTION_TIMER in timers:
        return Phase.PAUSING
    return Phase.READY
