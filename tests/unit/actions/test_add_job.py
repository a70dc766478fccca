from __future__ import annotations

import json
from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from statemachine_internal.store.job_protocol import JobStatus
from unit.actions.surroundings import NOW, SECOND, Surroundings

ADD: dict[str, Any] = {"type": "add_job", "job_type": "resize"}


@pytest.mark.req("C7")
@pytest.mark.req("F1")
def test_a_job_is_added_with_all_that_is_given(around: Surroundings) -> None:
    around.context = {"current_job": {"id": "job_0"}, "event_data": {"payload": {"width": 800}}}
    outcome = around.perform(
        {
            **ADD,
            "job_id": "job_1",
            "machine_type": "gpu",
            "input_file": "/a.png",
            "payload": {"width": "{event_data.payload.width}", "from": "{id}"},
            "priority": 2,
            "max_attempts": "3",
            "unique_key": "a.png",
        }
    )
    assert outcome == Outcome(event="job_added", changes={"added_job": "job_1"})
    job = around.job("job_1")
    assert (job.type, job.machine_type, job.input_file) == ("resize", "gpu", "/a.png")
    assert json.loads(job.payload) == {"width": 800, "from": "job_0"}
    assert (job.priority, job.max_attempts, job.unique_key, job.source_job) == (2, 3, "a.png", "job_0")
    assert (job.status, job.created) == (JobStatus.PENDING, NOW)


@pytest.mark.req("F1")
def test_what_isnt_given_has_a_default(around: Surroundings) -> None:
    outcome = around.perform({**ADD, "priority": None, "payload": None})
    job = around.job(outcome.changes["added_job"])
    assert (job.id, job.payload, job.priority, job.max_attempts) == ("worker:7:0", "{}", 5, 1)
    assert (job.machine_type, job.input_file, job.unique_key, job.source_job) == (None, None, None, None)


@pytest.mark.req("C7")
@pytest.mark.req("P6")
def test_without_an_id_the_actions_key_is_it_so_that_a_repeat_adds_nothing(around: Surroundings) -> None:
    assert around.perform(ADD).event == "job_added"
    assert around.perform({**ADD, "payload": {"try": 2}}) == Outcome(event="job_duplicate")
    assert around.job("worker:7:0").payload == "{}"
    assert "'worker:7:0' is used already" in around.log.warnings[0]
    around.action_key = "worker:7:1"
    assert around.perform(ADD).changes == {"added_job": "worker:7:1"}


@pytest.mark.req("F1")
def test_while_a_job_with_its_key_is_open_none_is_added(around: Surroundings) -> None:
    assert around.perform({**ADD, "job_id": "job_1", "unique_key": "a.png"}).event == "job_added"
    again = {**ADD, "job_id": "job_2", "unique_key": "a.png", "duplicate": "there"}
    assert around.perform(again) == Outcome(event="there")
    assert "'job_1' has the unique key 'a.png'" in around.log.warnings[0]
    with around.store.transaction():
        around.store.jobs.complete("job_1", None, NOW)
    assert around.perform({**again, "success": "added"}).event == "added"


@pytest.mark.req("F5")
@pytest.mark.parametrize("delay", [1.5, "1.5"])
def test_a_delayed_job_is_scheduled(around: Surroundings, delay: Any) -> None:
    around.perform({**ADD, "job_id": "job_1", "delay": delay})
    job = around.job("job_1")
    assert (job.status, job.run_after) == (JobStatus.SCHEDULED, NOW + SECOND * 3 // 2)


@pytest.mark.req("F2")
def test_the_machines_that_wait_for_one_like_it_are_rung(around: Surroundings) -> None:
    for name, type, machine_type in (
        ("any", None, None), ("resizer", "resize", None), ("gpu", "resize", "gpu"), ("cpu", "resize", "cpu"),
        ("printer", "print", None),
    ):  # fmt: skip
        around.parked(name, {"jobs_for": {"type": type, "machine_type": machine_type}})
    around.parked("boss", {"jobs": ["job_1"]})
    around.perform({**ADD, "job_id": "job_1", "machine_type": "gpu"})
    assert sorted(around.rung) == ["any", "gpu", "resizer"]


@pytest.mark.req("F1")
@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"job_type": None}, "add_job needs a job_type"),
        ({"job_type": ""}, "add_job needs a job_type"),
        ({"job_type": "x" * 129}, "job_type of a job has 1 to 128 characters"),
        ({"job_id": "x" * 257}, "job_id of a job has 1 to 256 characters"),
        ({"payload": [1]}, "payload of a job is a map, not list"),
        ({"payload": "{event_data.payload}"}, "payload of a job is a map, not str"),
        ({"payload": {"a": float("nan")}}, "JSON can't carry"),
        ({"priority": 0}, "'priority' is 0; use a whole number from 1"),
        ({"priority": "high"}, "'priority' is 'high'"),
        ({"priority": 1.5}, "'priority' is 1.5"),
        ({"priority": 10**30}, "'priority' is 1000"),
        ({"max_attempts": -1}, "'max_attempts' is -1"),
        ({"max_attempts": True}, "'max_attempts' is True"),
        ({"delay": "soon"}, "'delay' is 'soon'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cant_be_added_is_named(around: Surroundings, keys: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ActionError, match=complaint):
        around.perform({**ADD, "job_id": "job_1", **keys})
    assert around.store.jobs.get("job_1") is None
    assert around.rung == []
