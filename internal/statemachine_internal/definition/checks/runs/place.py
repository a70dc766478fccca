"""Where one machine stands in a run, with all data left out."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from statemachine_internal.definition.model import MachineDefinition, Transition

INBOX = 3  # events that may wait for a machine


class Phase(IntEnum):
    """What the machine does."""

    FRESH = 0  # a run is to begin
    READY = 1  # the action at the cursor is next
    RESTING = 2  # the list is done
    PARKED = 3  # the action at the cursor found nothing, and waits
    DONE = 4  # the run has ended


class Standing(NamedTuple):
    """One machine between two actions; a tuple, since there are thousands of them."""

    state: str
    via: str = ""
    cursor: int = 0
    phase: Phase = Phase.FRESH
    inbox: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    later: tuple[str, ...] = ()  # sent with a delay, and not due yet
    back: tuple[str, int] | None = None  # the parked action that an internal transition came between: via, cursor

    @property
    def waiting(self) -> int:
        """How many events wait for it."""
        return len(self.inbox) + len(self.deferred) + len(self.later)


def entered(definition: MachineDefinition, at: Standing, transition: Transition) -> Standing:
    """The transition was taken: its program is next."""
    if transition.target is None:
        back = at.back
        if at.phase is Phase.PARKED and back is None:
            back = (at.via, at.cursor)
        return settled(definition, at._replace(via=transition.key, cursor=0, phase=Phase.READY, back=back))
    inbox, deferred = at.inbox, at.deferred
    if transition.target != at.state and deferred:
        inbox, deferred = (*deferred, *inbox), ()
    return settled(
        definition,
        Standing(transition.target, transition.key, 0, Phase.READY, inbox, deferred, at.later),
    )


def started(definition: MachineDefinition, at: Standing) -> Standing:
    """A fresh run, whose event ``start`` nothing takes: the entry actions of the initial state are next."""
    return settled(definition, at._replace(state=definition.initial_state, via="", cursor=0, phase=Phase.READY))


def advanced(definition: MachineDefinition, at: Standing, count: int) -> Standing:
    """The action at the cursor is done, and ``count - 1`` more are passed over."""
    return settled(definition, at._replace(cursor=at.cursor + count, phase=Phase.READY))


def settled(definition: MachineDefinition, at: Standing) -> Standing:
    """The end of a list: rest, go back to a parked action, or the end of the run."""
    if at.cursor < len(definition.program(at.state, at.via)):
        return at
    if definition.ends(at.state, at.via):
        return Standing(at.state, "", 0, Phase.DONE, (*at.deferred, *at.inbox), (), at.later)
    if at.back is not None:
        return at._replace(via=at.back[0], cursor=at.back[1], phase=Phase.READY, back=None)
    return at._replace(via="", cursor=0, phase=Phase.RESTING)
