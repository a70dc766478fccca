"""A run in words: what each machine does, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from statemachine_internal.definition.checks.runs.actor import Actor
from statemachine_internal.definition.checks.runs.graph import Edge
from statemachine_internal.definition.checks.runs.moves import Happening, Move
from statemachine_internal.definition.checks.runs.outcomes import Cost
from statemachine_internal.definition.diagnostics import RunStep, quoted
from statemachine_internal.definition.model import Position, Transition

LONGEST = 40  # steps of a story


def story(group: Sequence[Actor], runs: Mapping[int, Edge | None], node: int) -> tuple[RunStep, ...]:
    """The run that leads to ``node``."""
    edges: list[Edge] = []
    edge = runs[node]
    while edge is not None:
        edges.append(edge)
        edge = runs[edge.source]
    return told(group, (edge.move for edge in reversed(edges)))


def told(group: Sequence[Actor], moves: Iterable[Move]) -> tuple[RunStep, ...]:
    """The steps worth telling; the middle of a long run is left out."""
    steps = [step for move in moves if (step := _step(group, move)) is not None]
    if len(steps) <= LONGEST:
        return tuple(steps)
    half = LONGEST // 2
    left_out = RunStep(position=steps[half].position, text=f"… {len(steps) - 2 * half} steps more …")
    return (*steps[:half], left_out, *steps[-half:])


def _step(group: Sequence[Actor], move: Move) -> RunStep | None:
    happening = move.happening
    actor = group[happening.machine]
    text = _text(group, actor.given.name, move, happening)
    if text is None:
        return None
    return RunStep(position=_position(actor, happening), text=text)


def _text(group: Sequence[Actor], name: str, move: Move, happening: Happening) -> str | None:
    event, where = quoted(happening.event), _where(happening.before, happening.transition)
    if happening.what == "starts":
        start = f": {where}" if happening.transition is not None else ""
        return f"{name} starts in {quoted(happening.before)}{start}" if happening.before else f"{name} starts anew"
    if happening.what == "takes":
        source = ", from outside" if move.cost is Cost.OUTSIDE else ""
        return f"{name} takes {event}{source}: {where}"
    if happening.what == "drops":
        return f"{name} doesn't take {event} in {quoted(happening.before)}"
    if happening.what == "sends":
        targets = " and ".join(group[target].given.name for target in happening.targets)
        leads = f": {where}" if happening.transition is not None else ""
        return f"{name} sends {event} to {targets}{leads}"
    if happening.what == "emits" and happening.event and happening.transition is not None:
        how = f"{happening.spec.type} fails and emits" if happening.failure and happening.spec else "emits"
        return f"{name} {how} {event}: {where}"
    return None


def _where(before: str, transition: Transition | None) -> str:
    if transition is None or transition.target is None:
        return f"stays in {quoted(before)}"
    return f"{quoted(before)} to {quoted(transition.target)}"


def _position(actor: Actor, happening: Happening) -> Position:
    if happening.transition is not None and happening.what != "sends":
        return happening.transition.position
    if happening.spec is not None:
        return happening.spec.position
    state = happening.before or actor.definition.initial_state
    return actor.definition.states[state].position
