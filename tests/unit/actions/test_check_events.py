from __future__ import annotations

import json
from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from statemachine_internal.store.protocol import EventStatus, NewEvent
from unit.actions.surroundings import NOW, SECOND, Surroundings


@pytest.mark.req("C7")
def test_the_oldest_event_of_a_type_is_taken_out_of_the_inbox(around: Surroundings) -> None:
    around.accept("other")
    taken = around.accept("order", payload='{"n": 1}', job_id="job_1")
    around.accept("order", payload='{"n": 2}')
    outcome = around.perform({"type": "check_events", "event_types": "order"})
    event_data = {
        "event_name": "order",
        "type": "order",
        "payload": {"n": 1},
        "job_id": "job_1",
        "source": "tester",
        "id": taken,
    }
    assert outcome == Outcome(event="order", changes={"event_data": event_data})
    assert [(e.type, e.payload) for e in around.inbox("worker")] == [("other", "{}"), ("order", '{"n": 2}')]
    assert around.event_rows("status", "processed") == [("pending", None), ("processed", NOW), ("pending", None)]
    assert around.rung == ["worker"], "so that the machine doesn't take an event that it has read ahead"
    (row,) = around.feed_rows()
    assert (row.type, row.event_id, json.loads(row.payload)["event"]) == ("event_taken", taken, "order")


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("types", "taken"), [(None, "a"), ("c", "c"), (["c", "b"], "b"), (["b"], "b"), ("{wanted}", "c")], ids=str
)
def test_one_type_several_or_any(around: Surroundings, types: Any, taken: str) -> None:
    around.context = {"wanted": ["c"]}
    for type in ("a", "b", "c"):
        around.accept(type)
    assert around.perform({"type": "check_events", "event_types": types}).event == taken


@pytest.mark.req("C7")
def test_an_event_far_back_is_found_too(around: Surroundings) -> None:
    for number in range(100):
        around.accept(f"other_{number}")
    around.accept("order")
    assert around.perform({"type": "check_events", "event_types": ["order"]}).event == "order"


@pytest.mark.req("C7")
def test_success_renames_what_is_emitted(around: Surroundings) -> None:
    around.accept("order")
    assert around.perform({"type": "check_events", "success": "found"}).event == "found"


@pytest.mark.req("C7")
@pytest.mark.parametrize("types", [None, "order", ["order"], []])
def test_nothing_found_is_said(around: Surroundings, types: Any) -> None:
    around.accept("order", target="another")
    late = NewEvent(source="tester", target="worker", type="order", not_before=NOW + SECOND)
    with around.store.transaction():
        around.store.accept(late, EventStatus.PENDING, NOW)
    assert around.perform({"type": "check_events", "event_types": types}) == Outcome(event="no_events")
    renamed = around.perform({"type": "check_events", "event_types": types, "no_events": "quiet"})
    assert renamed == Outcome(event="quiet")


@pytest.mark.req("C7")
@pytest.mark.parametrize("types", [3, [None], {"a": 1}, [""]], ids=str)
def test_what_is_no_type_is_named(around: Surroundings, types: Any) -> None:
    with pytest.raises(ActionError, match=r"'event_types' is .* give a name or a list of names"):
        around.perform({"type": "check_events", "event_types": types})
