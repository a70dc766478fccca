"""The catalog that the loader checks definitions with, and the actions themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.registry import BUILT_INS, Registry
from statemachine_internal.definition import catalog
from statemachine_internal.errors import ActionError
from statemachine_internal.store.job_protocol import NewJob
from unit.actions.surroundings import NOW, Surroundings, spec_of

OURS = sorted(set(catalog.BUILT_INS) & set(BUILT_INS) - {"bash"})

# Enough for every one of them; what an action doesn't know, it doesn't read.
WORKS: dict[str, Any] = {
    "message": "x",
    "target_machine": "printer",
    "event_type": "print",
    "duration": 1,
    "values": {"a": 1},
    "list": "todo",
    "value": "b",
    "expected_states": ["idle"],
    "event": "done",
    "job_id": "job_1",
    "job_type": "resize",
    "jobs": ["job_1"],
    "timeout_seconds": 5,
    "machine_name": "printer",
    "wait": True,
}


class ReadKeys(dict[str, Any]):
    """A configuration that knows which of its keys were asked for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)


def outcomes(type_name: str, around: Surroundings, seen: set[str]) -> Iterator[str | None]:
    """Run an action in all the situations that make a difference; what it reads goes into ``seen``."""
    config = {"type": type_name, **WORKS}
    # An action reads an alias only where the name before it isn't given.
    variants = [config, *({k: v for k, v in config.items() if k != left_out} for left_out in WORKS)]
    if type_name in ("set_context", "add_to_list"):
        variants.append({**config, "key": "a"})
    for todo in ([], ["b"]):
        for due in (None, NOW):
            for variant in variants:
                around.context = {"todo": todo}
                scope = around.scope(due)
                action = Registry().create(spec_of(variant), scope.names)
                assert isinstance(action, InstantAction)
                keys = action.config = ReadKeys(action.config)
                try:
                    with around.store.transaction():
                        yield action.perform(scope).event
                except ActionError:
                    pass
                seen |= keys.asked


def job(around: Surroundings, *, completed: bool) -> None:
    """The job that the actions are about is pending, or completed."""
    jobs = around.store.jobs
    with around.store.transaction():
        if not jobs.add(NewJob(id="job_1", type="resize"), NOW) and not jobs.release("job_1"):
            jobs.reopen("job_1")
        if completed:
            jobs.complete("job_1", None, NOW)


def stands(around: Surroundings, status: str, context: Mapping[str, Any]) -> None:
    """The machine ``printer``, in which no wish is left, is in ``printing``."""
    around.store._cursor.execute("DELETE FROM machine_events")
    around.store._cursor.execute(
        "UPDATE machine_state SET status = ?, context = ?, current_state = 'printing'", (status, json.dumps(context))
    )


def situations(around: Surroundings, type_name: str) -> tuple[set[str], set[str]]:
    """The events that an action emits, and the keys that it reads."""
    seen: set[str] = set()
    events: set[str | None] = set(outcomes(type_name, around, seen))
    for state in ("idle", "printing"):
        around.accept("print")
        if state == "idle":
            around.machine("printer", state)
        else:
            around.alive.discard("printer")
        events |= set(outcomes(type_name, around, seen))
    around.store._cursor.execute("DELETE FROM machine_events")  # no job is claimed while events wait
    for completed in (False, True):
        job(around, completed=completed)
        events |= set(outcomes(type_name, around, seen))
    around.alive.add("printer")
    for context in ({}, {"started_by": {"action_key": around.action_key, "asked": NOW}}):
        for status in ("running", "finished"):
            stands(around, status, context)
            events |= set(outcomes(type_name, around, seen))
    around.store._cursor.execute("UPDATE machine_state SET current_state = 'printing'")
    events |= set(outcomes(type_name, around, seen))
    return {event for event in events if event}, seen - {"type", "params"}


@pytest.mark.req("A9")
@pytest.mark.parametrize("type_name", OURS)
def test_the_catalog_knows_the_keys_that_an_action_reads(around: Surroundings, type_name: str) -> None:
    _, read = situations(around, type_name)
    assert read == catalog.BUILT_INS[type_name].keys


@pytest.mark.req("I1")
@pytest.mark.parametrize("type_name", OURS)
def test_the_catalog_knows_the_events_that_an_action_emits(around: Surroundings, type_name: str) -> None:
    events, _ = situations(around, type_name)
    known = catalog.BUILT_INS[type_name]
    from_configuration = {"print", "done"}
    assert events - from_configuration == {known.success, *known.emits} - {None}


@pytest.mark.req("C9")
def test_every_action_of_the_catalog_has_a_class() -> None:
    spread_by_the_loader = {catalog.MULTI_STEP}
    assert set(catalog.BUILT_INS) - spread_by_the_loader <= set(BUILT_INS)
    assert set(catalog.ALIASES) <= set(BUILT_INS)
    for alias, type_name in catalog.ALIASES.items():
        assert BUILT_INS[alias] == BUILT_INS[type_name]


def refused(known: catalog.BuiltIn) -> Iterator[tuple[str, Any]]:
    """Values that the catalog says an action can't use."""
    yield from ((key, value) for key in known.seconds for value in (-1, "soon", catalog.LONGEST_WAIT + 1))
    yield from ((key, value) for key in known.flags for value in ("yes", 1))
    yield from ((key, "none of them") for key in known.choices)
    yield from ((key, value) for key, most in known.wholes.items() for value in (0, "many", 2.5, most + 1))
    yield from ((key, value) for key in known.maps for value in ("text", ["a"]))


@pytest.mark.req("A9")
@pytest.mark.parametrize("type_name", OURS)
def test_an_action_refuses_the_values_that_the_catalog_says_it_can_t_use(around: Surroundings, type_name: str) -> None:
    around.context = {"todo": ["b"]}
    around.machine("printer", "busy")
    for key, value in refused(catalog.BUILT_INS[type_name]):
        scope = around.scope(None)
        action = Registry().create(spec_of({"type": type_name, **WORKS, key: value}), scope.names)
        assert isinstance(action, InstantAction)
        with pytest.raises(ActionError), around.store.transaction():
            action.perform(scope)


@pytest.mark.req("A9")
def test_an_action_takes_every_word_that_the_catalog_offers(around: Surroundings) -> None:
    for type_name, known in catalog.BUILT_INS.items():
        for key, words in known.choices.items():
            for word in words:
                around.context = {"todo": ["b"]}
                scope = around.scope(None)
                action = Registry().create(spec_of({"type": type_name, **WORKS, key: word}), scope.names)
                assert isinstance(action, InstantAction)
                with around.store.transaction():
                    action.perform(scope)
