from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from unit.actions.surroundings import Surroundings


@pytest.mark.req("C7")
def test_values_and_a_single_key_are_set(around: Surroundings) -> None:
    around.context = {"event_data": {"payload": {"a": [1, 2]}}}
    config = {"type": "set_context", "values": {"tries": 0, "got": "{event_data.payload.a}"}, "key": "b", "value": None}
    assert around.perform(config) == Outcome(changes={"tries": 0, "got": [1, 2], "b": None})
    assert around.context == {"event_data": {"payload": {"a": [1, 2]}}}


@pytest.mark.req("C7")
def test_success_is_emitted_if_given(around: Surroundings) -> None:
    outcome = around.perform({"type": "set_context", "key": "a", "value": 1, "success": "set"})
    assert outcome == Outcome(event="set", changes={"a": 1})


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({}, "nothing to set"),
        ({"values": {}}, "nothing to set"),
        ({"values": "{missing}"}, "give a map"),
        ({"key": "machine_name", "value": 1}, "is the engine's"),
        ({"values": {"action_key": 1}}, "is the engine's"),
        ({"values": {3: 1}}, "use a text"),
        ({"key": "a", "value": float("nan")}, "JSON can't carry"),
    ],
)
def test_what_cant_be_set_is_named(around: Surroundings, config: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ActionError, match=complaint):
        around.perform({"type": "set_context", **config})


@pytest.mark.req("C7")
def test_job_progress_is_the_jobs_where_there_is_one(around: Surroundings) -> None:
    config = {"type": "set_context", "key": "job_progress", "value": "40 %"}
    assert around.perform(config) == Outcome(changes={"job_progress": "40 %"}), "a key like any other"
    around.add_job("job_1")
    around.take(around.perform({"type": "claim_job", "job_id": "job_1"}))
    outcome = around.perform(config)
    assert outcome.changes["current_job"] == {**around.context["current_job"], "progress": 40}
    assert "job_progress" not in outcome.changes
    assert around.job("job_1").progress == 40
    with pytest.raises(ActionError, match="give a number from 0 to 100"):
        around.perform({**config, "value": "half"})
