from __future__ import annotations

import json
from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from statemachine_internal.store.job_protocol import JobStatus
from unit.actions.surroundings import NOW, Surroundings

JOB_KEYS = frozenset({"current_job", "job_id", "job_type", "input_file"})


@pytest.fixture
def at_work(around: Surroundings) -> Surroundings:
    """The machine is at ``job_1``, which may be tried twice."""
    around.add_job("job_1", max_attempts=2)
    around.take(around.perform({"type": "check_database_queue"}))
    return around


def last_told(around: Surroundings) -> tuple[str, Any]:
    row = around.feed_rows()[-1]
    return row.type, json.loads(row.payload)


@pytest.mark.req("F4")
def test_the_machines_own_job_is_completed_with_a_result(at_work: Surroundings) -> None:
    at_work.parked("boss", {"jobs": ["job_1"]})
    at_work.context["width"] = 800
    outcome = at_work.perform({"type": "complete_job", "result": {"file": "a.png", "width": "{width}"}})
    assert outcome == Outcome(event="job_completed", removed=JOB_KEYS)
    job = at_work.job("job_1")
    assert (job.status, job.finished, job.machine) == (JobStatus.COMPLETED, NOW, None)
    assert json.loads(job.result or "") == {"file": "a.png", "width": 800}
    assert last_told(at_work) == ("job_completed", {"job_id": "job_1"})
    assert at_work.rung == ["boss"]


@pytest.mark.req("F4")
@pytest.mark.parametrize("type", ["complete_job", "fail_job"])
def test_another_job_is_finished_by_its_id_and_the_own_one_stays(at_work: Surroundings, type: str) -> None:
    at_work.add_job("job_2")
    outcome = at_work.perform({"type": type, "job_id": "job_2", "success": "done"})
    assert outcome == Outcome(event="done")
    assert at_work.job("job_2").finished == NOW
    assert at_work.job("job_1").status is JobStatus.PROCESSING


@pytest.mark.req("F4")
@pytest.mark.parametrize("type", ["complete_job", "fail_job"])
def test_a_job_that_is_finished_or_unknown_stays_as_it_is(at_work: Surroundings, type: str) -> None:
    with at_work.store.transaction():
        at_work.store.jobs.cancel("job_1", "ordered twice", NOW)
    assert at_work.perform({"type": type}) == Outcome(event="job_not_open")
    assert at_work.perform({"type": type, "job_id": "nobody", "not_open": "late"}) == Outcome(event="late")
    assert at_work.job("job_1").status is JobStatus.CANCELLED


@pytest.mark.req("F4")
@pytest.mark.parametrize("type", ["complete_job", "fail_job"])
def test_without_a_job_it_fails(around: Surroundings, type: str) -> None:
    with pytest.raises(ActionError, match="no job is named, and the machine is at none"):
        around.perform({"type": type})


@pytest.mark.req("F4")
@pytest.mark.parametrize("result", [{"a": float("nan")}, {1, 2}], ids=str)
def test_a_result_is_json(at_work: Surroundings, result: Any) -> None:
    at_work.context["found"] = result
    with pytest.raises(ActionError, match=r"'result' is .* which JSON can't carry"):
        at_work.perform({"type": "complete_job", "result": "{found}"})
    assert at_work.job("job_1").status is JobStatus.PROCESSING


@pytest.mark.req("F4")
@pytest.mark.parametrize("result", [0, False, "", [], None], ids=repr)
def test_a_result_may_be_empty(at_work: Surroundings, result: Any) -> None:
    at_work.perform({"type": "complete_job", "result": result})
    stored = at_work.job("job_1").result
    assert (None if stored is None else json.loads(stored)) == result


@pytest.mark.req("F4")
@pytest.mark.req("F5")
def test_a_failed_job_is_scheduled_while_attempts_are_left_and_then_given_up(at_work: Surroundings) -> None:
    outcome = at_work.take(at_work.perform({"type": "fail_job", "reason": "no network"}))
    assert outcome == Outcome(event="job_failed", removed=JOB_KEYS)
    job = at_work.job("job_1")
    assert (job.status, job.error, job.machine) == (JobStatus.SCHEDULED, "no network", None)
    told = {"job_id": "job_1", "error": "no network", "attempt": 1, "run_after": job.run_after}
    assert last_told(at_work) == ("job_failed", told)
    at_work.now = job.run_after
    at_work.take(at_work.perform({"type": "check_database_queue"}))
    at_work.perform({"type": "fail_job", "reason": "no network"})
    assert at_work.job("job_1").status is JobStatus.FAILED


@pytest.mark.req("F5")
def test_final_gives_a_job_up_at_once(at_work: Surroundings) -> None:
    at_work.perform({"type": "fail_job", "final": True})
    assert at_work.job("job_1").status is JobStatus.FAILED


@pytest.mark.req("F5")
def test_final_is_true_or_false(at_work: Surroundings) -> None:
    with pytest.raises(ActionError, match="'final' is 'yes'; use true or false"):
        at_work.perform({"type": "fail_job", "final": "yes"})
    assert at_work.job("job_1").status is JobStatus.PROCESSING


@pytest.mark.req("F4")
@pytest.mark.parametrize(
    ("context", "keys", "error"),
    [
        ({}, {}, "failed"),
        ({"last_error": "no disk"}, {}, "no disk"),
        ({"last_error": "no disk"}, {"reason": "because {last_error}"}, "because no disk"),
        ({}, {"reason": 404}, "404"),
    ],
)
def test_the_reason_is_the_given_one_else_the_last_error(
    at_work: Surroundings, context: dict[str, Any], keys: dict[str, Any], error: str
) -> None:
    at_work.context.update(context)
    at_work.perform({"type": "fail_job", **keys})
    assert at_work.job("job_1").error == error
