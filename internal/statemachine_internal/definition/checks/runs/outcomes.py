"""What may come of an action, with all data left out: the events that it may emit, and what that takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from statemachine_internal.definition.catalog import ALIASES, BUILT_INS
from statemachine_internal.definition.checks.emissions import Emission, Kind, emissions, unknowable
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.model import ActionSpec


class Chance(IntEnum):
    """Whether something can really happen. The weakest link of a chain counts."""

    SURE = 0  # the machine alone decides it, or a world that may answer either way
    OPEN = 1  # values decide it, or code that can't be looked into
    FAULT = 2  # something would have to go wrong that hardly does


class Cost(IntEnum):
    """What it takes to go on."""

    INSTANT = 0
    TIME = 1  # a command, a sleep, a timer
    OUTSIDE = 2  # a job, an event that no machine of these sends, a person


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One end of an action.

    ``event`` is None where it emits nothing, ``anything`` where it may emit whatever the state takes. One that
    ``parks`` found nothing, and waits at the action unless its event leads on. ``skip`` are the actions after it that
    are passed over. ``default`` says which of its answers it is.
    """

    event: str | None = None
    chance: Chance = Chance.SURE
    cost: Cost = Cost.INSTANT
    anything: bool = False
    parks: bool = False
    skip: int = 0
    failure: bool = False
    by_the_way: bool = False  # no success: where nothing takes it, nobody thought of it
    default: str = ""


_NEVER_FAIL = frozenset({"log", "emit", "set_context", "add_to_list", "sleep"})
_PARKING = frozenset({"wait_for_jobs", "start_fsm"})
# Which answer costs what; (INSTANT, SURE) is that of all others.
_COSTS: dict[tuple[str, str], tuple[Cost, Chance]] = {
    ("bash", ""): (Cost.TIME, Chance.SURE),
    ("bash", "job_done"): (Cost.TIME, Chance.SURE),
    ("sleep", "wake_up"): (Cost.TIME, Chance.SURE),
    ("check_database_queue", "new_job"): (Cost.OUTSIDE, Chance.SURE),
    ("get_pending_jobs", "jobs_found"): (Cost.OUTSIDE, Chance.SURE),
    ("wait_for_jobs", "jobs_completed"): (Cost.OUTSIDE, Chance.SURE),
    ("wait_for_jobs", "jobs_failed"): (Cost.OUTSIDE, Chance.SURE),
    ("wait_for_jobs", "jobs_timed_out"): (Cost.TIME, Chance.SURE),
    ("claim_job", "job_claimed"): (Cost.OUTSIDE, Chance.SURE),
    ("complete_job", "job_not_open"): (Cost.INSTANT, Chance.OPEN),
    ("fail_job", "job_not_open"): (Cost.INSTANT, Chance.OPEN),
    ("add_job", "job_duplicate"): (Cost.INSTANT, Chance.OPEN),
    ("pop_from_list", "item_popped"): (Cost.INSTANT, Chance.OPEN),
    ("pop_from_list", "list_empty"): (Cost.INSTANT, Chance.OPEN),
    ("check_events", ""): (Cost.OUTSIDE, Chance.SURE),
    ("clear_events", "events_cleared"): (Cost.OUTSIDE, Chance.SURE),
    ("check_machine_state", "in_expected_state"): (Cost.OUTSIDE, Chance.SURE),
}
_NOTHING_FOUND = {("check_database_queue", "no_jobs"), ("get_pending_jobs", "no_jobs")}


def results(given: Given, spec: ActionSpec) -> tuple[Result, ...]:
    """All ends of an action that is not passed over."""
    if given.is_custom(spec):
        ends = [
            Result(chance=Chance.OPEN, cost=Cost.TIME, anything=True),
            Result(chance=Chance.OPEN, cost=Cost.TIME),
        ]
    else:
        type_name = ALIASES.get(spec.type, spec.type)
        ends = list(_built_in(type_name, spec))
    if spec.when is not None:
        ends = [replace(end, chance=max(end.chance, Chance.OPEN)) for end in ends]
    return tuple(ends)


def _built_in(type_name: str, spec: ActionSpec) -> Iterator[Result]:
    found = list(emissions(spec))
    silent = not any(emission.kind is Kind.SUCCESS for emission in found)
    if unknowable(spec):
        cost = Cost.OUTSIDE if type_name in ("check_events", "claim_job", "start_fsm") else Cost.INSTANT
        yield Result(chance=Chance.OPEN, cost=cost, anything=True)
    elif silent:
        yield _priced(type_name, spec, Result(), BUILT_INS[type_name].success or "")
    for emission in found:
        if emission.kind is Kind.FAILURE:
            yield _failure(type_name, spec, emission)
        elif emission.default != "jobs_timed_out" or spec.config.get("timeout_seconds"):
            result = Result(event=emission.event, by_the_way=emission.kind is not Kind.SUCCESS)
            yield _priced(type_name, spec, result, emission.default)
    if type_name in _PARKING or _waits_for_machine(type_name, spec):
        yield Result(parks=True)


def _priced(type_name: str, spec: ActionSpec, result: Result, default: str) -> Result:
    if type_name == "start_fsm":
        return replace(result, cost=Cost.OUTSIDE, chance=Chance.OPEN, default=default)
    if _waits_for_machine(type_name, spec):
        return replace(result, cost=Cost.TIME, default=default)
    cost, chance = _COSTS.get((type_name, default), (Cost.INSTANT, Chance.SURE))
    parks = (type_name, default) in _NOTHING_FOUND
    return replace(result, cost=cost, chance=chance, parks=parks, default=default)


def _failure(type_name: str, spec: ActionSpec, emission: Emission) -> Result:
    chance = Chance.SURE if type_name == "bash" else Chance.FAULT
    cost = Cost.TIME if type_name == "bash" else Cost.INSTANT
    return Result(
        event=emission.event,
        chance=chance,
        cost=cost,
        skip=spec.skip_on_failure,
        failure=True,
        by_the_way=True,
        default="error",
    )


def hardly_fails(spec: ActionSpec) -> bool:
    """Whether a failure is worth no thought unless something takes it."""
    return ALIASES.get(spec.type, spec.type) in _NEVER_FAIL


def _waits_for_machine(type_name: str, spec: ActionSpec) -> bool:
    return type_name == "check_machine_state" and bool(spec.config.get("timeout_seconds"))
