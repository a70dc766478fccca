"""What an action comes to, given where all machines stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from statemachine_internal.definition.checks.runs.actor import Actor
from statemachine_internal.definition.checks.runs.moves import Configuration
from statemachine_internal.definition.checks.runs.outcomes import Chance, Cost, Result
from statemachine_internal.definition.checks.runs.place import Phase, Standing, advanced, entered
from statemachine_internal.definition.model import ActionSpec, MachineDefinition, Transition


def seen(group: Sequence[Actor], whole: Configuration, spec: ActionSpec, found: Sequence[Result]) -> Iterator[Result]:
    """The answers of check_machine_state that are true, where it asks for a machine of the group."""
    name, expected = spec.config.get("target_machine"), spec.config.get("expected_states")
    there = [standing for actor, standing in zip(group, whole, strict=True) if actor.given.name == name]
    states = expected if isinstance(expected, list) else [expected]
    running = [standing.state for standing in there if standing.phase not in (Phase.DONE, Phase.FRESH)]
    reached = any(state in states for state in running)
    true = "in_expected_state" if reached else "unexpected_state" if running else "not_running"
    for result in found:
        if not there or result.failure or result.anything:
            yield result
        elif result.parks:
            yield from () if reached else (result,)
        elif result.default == true:
            cost = Cost.TIME if result.cost is Cost.TIME and not reached else Cost.INSTANT
            chance = Chance.OPEN if true == "not_running" else result.chance
            yield replace(result, cost=cost, chance=chance)


def after_action(
    definition: MachineDefinition, at: Standing, transition: Transition | None, result: Result
) -> Standing:
    """Where the machine stands after an action; one that found nothing waits, unless its event leads on."""
    if result.parks:
        leads_on = transition is not None and (transition.target not in (None, at.state) or transition.key != at.via)
        if transition is None or not leads_on:
            return at._replace(phase=Phase.PARKED)
    if transition is not None:
        return entered(definition, at, transition)
    return advanced(definition, at, 1 + result.skip)
