from __future__ import annotations

import json
from typing import Any

import pytest

from statemachine_internal.actions.outcome import DONE, Outcome
from statemachine_internal.errors import ActionError
from unit.actions.surroundings import Surroundings


@pytest.mark.req("C1")
def test_a_message_reaches_the_journal_and_the_activity_log(around: Surroundings) -> None:
    around.context = {"id": "job_1"}
    outcome = around.perform({"type": "log", "message": "job {id} in {current_state}"})
    assert outcome == DONE
    assert around.log.messages == [("job job_1 in working", "info")]
    (row,) = around.feed_rows()
    assert (row.machine, row.type, row.event_id) == ("worker", "activity_log", None)
    assert json.loads(row.payload) == {
        "message": "job job_1 in working",
        "level": "info",
        "state": "working",
        "job_id": "job_1",
    }


@pytest.mark.req("C1")
@pytest.mark.parametrize("level", ["info", "WARNING", "Error", "success", "dEbug"])
def test_a_level_may_be_written_in_any_case(around: Surroundings, level: str) -> None:
    around.perform({"type": "log", "message": "x", "level": level})
    assert around.log.messages == [("x", level.lower())]


@pytest.mark.req("C1")
@pytest.mark.parametrize("level", ["fatal", "", 3, ["info"]])
def test_an_unknown_level_names_the_choices(around: Surroundings, level: Any) -> None:
    with pytest.raises(ActionError, match="info, warning, error, success, debug"):
        around.perform({"type": "log", "message": "x", "level": level})
    assert around.feed_rows() == []


@pytest.mark.req("C1")
@pytest.mark.parametrize("type_name", ["log", "activity_log"])
def test_success_is_emitted_if_given(around: Surroundings, type_name: str) -> None:
    assert around.perform({"type": type_name, "message": "x", "success": "said"}) == Outcome(event="said")


@pytest.mark.req("C1")
@pytest.mark.parametrize(("message", "text"), [({"a": "é"}, '{"a": "é"}'), (7, "7"), (True, "true"), ("", "")], ids=str)
def test_a_message_that_is_no_text_becomes_one(around: Surroundings, message: Any, text: str) -> None:
    around.context = {"message": message}
    around.perform({"type": "log", "message": "{message}"})
    assert around.log.messages == [(text, "info")]


def test_a_log_without_a_message_fails(around: Surroundings) -> None:
    with pytest.raises(ActionError, match="give it a message"):
        around.perform({"type": "log"})
