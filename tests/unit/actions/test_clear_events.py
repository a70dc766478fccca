from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from unit.actions.surroundings import Surroundings


@pytest.mark.req("C6")
@pytest.mark.parametrize(
    ("types", "left"), [("a", ["b", "c"]), (["a", "c"], ["b"]), (None, [])], ids=["one", "several", "all"]
)
def test_open_events_are_marked_ignored(around: Surroundings, types: Any, left: list[str]) -> None:
    for type in ("a", "b", "c"):
        around.accept(type)
    outcome = around.perform({"type": "clear_events", "event_types": types})
    assert outcome == Outcome(event="events_cleared", changes={"cleared_events": 3 - len(left)})
    assert [event.type for event in around.inbox("worker")] == left
    assert around.rung == ["worker"], "so that the machine doesn't take an event that it has read ahead"
    cleared = [row for row in around.event_rows("type", "status", "error") if row[0] not in left]
    assert {row[1:] for row in cleared} == {("ignored", "cleared by worker")}


@pytest.mark.req("C6")
@pytest.mark.parametrize("types", ["b", [], None])
def test_nothing_to_clear_is_said(around: Surroundings, types: Any) -> None:
    if types is not None:
        around.accept("a")
    outcome = around.perform({"type": "clear_events", "event_types": types})
    assert outcome == Outcome(event="no_events_to_clear", changes={"cleared_events": 0})


@pytest.mark.req("C6")
def test_another_machines_inbox_is_cleared(around: Surroundings) -> None:
    around.accept("a")
    around.accept("a", target="printer")
    outcome = around.perform({"type": "clear_events", "target_machine": "printer", "success": "clean"})
    assert outcome == Outcome(event="clean", changes={"cleared_events": 1})
    assert len(around.inbox("worker")) == 1
    assert around.inbox("printer") == []
    assert around.rung == []


@pytest.mark.req("C6")
@pytest.mark.parametrize("target", ["no name", "{printer}", "-x", True])
def test_a_target_that_is_no_name_is_refused(around: Surroundings, target: Any) -> None:
    with pytest.raises(ActionError, match="machine name"):
        around.perform({"type": "clear_events", "target_machine": target})
