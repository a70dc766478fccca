"""What the catalog says of names, and the actions themselves: events that keys rename, context that is filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from statemachine_engine.testing import Harness
from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.registry import Registry
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.definition import catalog
from statemachine_internal.definition.model import ActionSpec
from unit.actions import test_catalog_agrees as agreement
from unit.actions.surroundings import Surroundings

RENAMED = [
    (name, key)
    for name in agreement.OURS
    for key, default in catalog.BUILT_INS[name].renames.items()
    if default in (catalog.BUILT_INS[name].success, *catalog.BUILT_INS[name].emits)
]
GIVEN_BY_KEYS = {"todo", "a"}  # lists, and what set_context is told to set


@pytest.mark.req("I1")
@pytest.mark.parametrize(("name", "key"), RENAMED, ids=str)
def test_a_key_renames_the_event_that_the_catalog_says(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch, name: str, key: str
) -> None:
    monkeypatch.setitem(agreement.WORKS, key, "renamed")
    events, _ = agreement.situations(around, name)
    assert "renamed" in events


@pytest.mark.req("I1")
@pytest.mark.parametrize("name", agreement.OURS)
def test_the_catalog_knows_the_context_keys_that_an_action_fills(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    filled: set[str] = set()
    create = Registry.create

    def recording(self: Registry, spec: ActionSpec, names: Mapping[str, Any]) -> Any:
        action = create(self, spec, names)
        assert isinstance(action, InstantAction)
        perform = action.perform

        def performed(scope: InstantScope) -> Outcome:
            outcome = perform(scope)
            filled.update(outcome.changes)
            return outcome

        monkeypatch.setattr(action, "perform", performed)
        return action

    monkeypatch.setattr(Registry, "create", recording)
    agreement.situations(around, name)
    known = catalog.BUILT_INS[name]
    by_default = {default for default in known.into.values() if default}
    engine = {"event_data"} if name == "check_events" else set()
    assert filled - GIVEN_BY_KEYS == {*known.sets, *by_default} | engine


@pytest.mark.req("I1")
def test_the_catalog_knows_what_current_job_has() -> None:
    text = (
        "initial_state: waiting\n"
        "transitions: [{from: waiting, to: working, event: new_job}, {from: working, to: kept, event: job_done}]\n"
        "final: [kept]\n"
        "actions: {waiting: [{type: check_database_queue}], working: [{type: bash, command: make}]}\n"
    )
    with Harness(text, fakes={"bash": {"progress": 40}}) as machine:
        machine.add_job("j", "t")
        assert set(machine.context["current_job"]) == set(catalog.JOB_PARTS)
