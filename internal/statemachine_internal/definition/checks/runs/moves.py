"""One step of one machine, and what it is to those who are told of it."""

from __future__ import annotations

from dataclasses import dataclass

from statemachine_internal.definition.checks.runs.outcomes import Chance, Cost
from statemachine_internal.definition.checks.runs.place import Standing
from statemachine_internal.definition.model import ActionSpec, Transition

Configuration = tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """What a step is, for the story of a run.

    ``what`` is ``starts``, ``takes``, ``drops``, ``emits``, ``sends``, or ``does`` for what is not worth a word.
    """

    machine: int
    what: str
    event: str = ""
    spec: ActionSpec | None = None
    transition: Transition | None = None
    before: str = ""  # the state
    failure: bool = False
    targets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """One step. ``stops`` marks a person's ``stop``, which no machine may count on."""

    after: Configuration
    cost: Cost
    chance: Chance
    happening: Happening
    stops: bool = False


def move(
    whole: Configuration,
    index: int,
    after: Standing,
    cost: Cost,
    chance: Chance,
    happening: Happening,
    *,
    stops: bool = False,
) -> Move:
    return Move((*whole[:index], after, *whole[index + 1 :]), cost, chance, happening, stops)
