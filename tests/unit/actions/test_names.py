from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.actions.names import ENGINE_NAMES, context_key, job_id_of, namespace
from statemachine_internal.errors import ActionError
from statemachine_internal.interpolation import interpolate
from unit.actions.surroundings import NOW


def names_for(context: dict[str, Any]) -> dict[str, Any]:
    return namespace(machine="worker", state="working", context=context, action_key="worker:7:0", now=NOW + 5)


JOB_CONTEXT = {
    "current_job": {"id": "job_1", "status": "processing", "data": {"file": "a.png"}},
    "event_data": {"event_name": "new_job", "type": "new_job", "payload": {"user": {"name": "Ann"}}, "job_id": "job_9"},
    "last_error": "no room",
}


@pytest.mark.req("D2")
@pytest.mark.parametrize(
    ("placeholder", "value"),
    [
        ("{machine_name}", "worker"),
        ("{current_state}", "working"),
        ("{id}", "job_1"),
        ("{job_id}", "job_1"),
        ("{status}", "processing"),
        ("{current_job.data.file}", "a.png"),
        ("{event_data.payload.user.name}", "Ann"),
        ("{event_data.event_name}", "new_job"),
        ("{event_data.type}", "new_job"),
        ("{current_timestamp}", "2026-01-01T00:00:00.000005+00:00"),
        ("{last_error}", "no room"),
        ("{error_message}", "no room"),
        ("{action_key}", "worker:7:0"),
    ],
)
def test_a_placeholder_that_is_always_there(placeholder: str, value: str) -> None:
    assert interpolate(placeholder, names_for(JOB_CONTEXT)) == value


@pytest.mark.req("D2")
def test_without_a_job_and_an_error_their_names_are_absent() -> None:
    assert set(names_for({})) == ENGINE_NAMES


@pytest.mark.req("D2")
def test_the_engines_own_names_win_over_the_context() -> None:
    stolen = dict.fromkeys(ENGINE_NAMES, "stolen")
    assert "stolen" not in names_for(stolen).values()


@pytest.mark.req("D2")
def test_the_other_names_are_defaults_under_the_context() -> None:
    names = names_for({**JOB_CONTEXT, "id": "mine", "status": "half done", "error_message": None})
    assert (names["id"], names["job_id"], names["status"]) == ("mine", "job_1", "half done")
    assert names["error_message"] == "no room"


def test_the_context_itself_stays_as_it_is() -> None:
    context = {"count": 1}
    names_for(context)
    assert context == {"count": 1}


@pytest.mark.req("D2")
@pytest.mark.parametrize(
    ("context", "job_id"),
    [
        ({"current_job": {"id": "a"}, "job_id": "b", "id": "c", "event_data": {"job_id": "d"}}, "a"),
        ({"current_job": None, "job_id": "b", "id": "c", "event_data": {"job_id": "d"}}, "b"),
        ({"current_job": "no map", "id": "c", "event_data": {"job_id": "d"}}, "c"),
        ({"event_data": {"job_id": "d"}}, "d"),
        ({"job_id": 42}, "42"),
        ({"job_id": "", "id": True, "event_data": {"job_id": None}}, None),
        ({"event_data": None}, None),
        ({}, None),
    ],
)
def test_the_job_is_the_current_one_else_what_context_or_event_say(context: dict[str, Any], job_id: str | None) -> None:
    assert job_id_of(context) == job_id


@pytest.mark.parametrize("name", [*sorted(ENGINE_NAMES), "", None, 3])
def test_some_names_are_no_keys_of_a_context(name: object) -> None:
    with pytest.raises(ActionError, match="key of the context"):
        context_key(name)
