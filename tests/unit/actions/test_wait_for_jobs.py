from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from unit.actions.surroundings import NOW, SECOND, Surroundings

WAIT: dict[str, Any] = {"type": "wait_for_jobs", "jobs": ["job_1", "job_2"]}


@pytest.fixture
def two(around: Surroundings) -> Surroundings:
    """Two jobs are open."""
    around.add_job("job_1")
    around.add_job("job_2")
    return around


def finish(around: Surroundings, id: str, how: str = "complete") -> None:
    with around.store.transaction():
        if how == "complete":
            around.store.jobs.complete(id, None, NOW)
        elif how == "fail":
            around.store.jobs.fail(id, "no disk", NOW)
        else:
            around.store.jobs.cancel(id, "ordered twice", NOW)


@pytest.mark.req("C7")
@pytest.mark.req("P10")
def test_it_waits_for_their_end_without_a_clock(two: Surroundings) -> None:
    assert two.perform(WAIT) == Outcome(waits_for={"jobs": ["job_1", "job_2"]})
    finish(two, "job_1", "fail")
    assert two.perform(WAIT) == Outcome(waits_for={"jobs": ["job_1", "job_2"]})


@pytest.mark.req("C7")
@pytest.mark.parametrize(("keys", "event"), [({}, "jobs_completed"), ({"success": "all"}, "all")])
def test_when_all_are_completed_it_goes_on(two: Surroundings, keys: dict[str, str], event: str) -> None:
    finish(two, "job_1")
    finish(two, "job_2")
    statuses = {"job_1": "completed", "job_2": "completed"}
    assert two.perform({**WAIT, **keys}) == Outcome(event=event, changes={"job_statuses": statuses})


@pytest.mark.req("C7")
@pytest.mark.parametrize(("how", "status"), [("fail", "failed"), ("cancel", "cancelled")])
def test_one_that_isnt_completed_is_told(two: Surroundings, how: str, status: str) -> None:
    finish(two, "job_1")
    finish(two, "job_2", how)
    statuses = {"job_1": "completed", "job_2": status}
    assert two.perform(WAIT) == Outcome(event="jobs_failed", changes={"job_statuses": statuses})
    assert two.perform({**WAIT, "failed": "sorry"}).event == "sorry"


@pytest.mark.req("C7")
def test_a_job_that_isnt_there_is_gone(around: Surroundings) -> None:
    assert around.perform(WAIT) == Outcome(
        event="jobs_failed", changes={"job_statuses": {"job_1": "gone", "job_2": "gone"}}
    )


@pytest.mark.req("C7")
def test_a_job_that_is_tried_again_is_waited_for(around: Surroundings) -> None:
    around.add_job("job_1", max_attempts=2)
    around.take(around.perform({"type": "check_database_queue"}))
    around.perform({"type": "fail_job"})
    assert around.perform({**WAIT, "jobs": "job_1"}) == Outcome(waits_for={"jobs": ["job_1"]})


@pytest.mark.req("C7")
@pytest.mark.req("P10")
def test_after_its_time_it_waits_no_longer(two: Surroundings) -> None:
    limited = {**WAIT, "timeout_seconds": "1.5"}
    due = NOW + SECOND * 3 // 2
    assert two.perform(limited) == Outcome(waits_for={"jobs": ["job_1", "job_2"]}, wait_until=due)
    two.now = due - 1
    assert two.perform(limited, due=due).wait_until == due, "woken before, it doesn't begin its time anew"
    two.now = due
    finish(two, "job_2")
    statuses = {"job_1": "pending", "job_2": "completed"}
    assert two.perform(limited, due=due) == Outcome(event="jobs_timed_out", changes={"job_statuses": statuses})
    assert two.perform({**limited, "timed_out": "late"}, due=due).event == "late"
    finish(two, "job_1")
    assert two.perform(limited, due=due).event == "jobs_completed"


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    "keys",
    [
        {"jobs": "{pending_jobs}"},
        {"job_ids": ["job_1", "job_2"]},
        {"jobs": None, "job_ids": "{names}"},
        {"jobs": ["{names.0}", "{names.1}"]},
    ],
    ids=str,
)
def test_the_jobs_may_be_named_in_many_ways(two: Surroundings, keys: dict[str, Any]) -> None:
    two.context = {"names": ["job_1", "job_2"]}
    two.take(two.perform({"type": "get_pending_jobs"}))
    assert two.perform({"type": "wait_for_jobs", **keys}).waits_for == {"jobs": ["job_1", "job_2"]}


@pytest.mark.req("C7")
def test_none_is_waited_for_where_the_list_is_empty(around: Surroundings) -> None:
    assert around.perform({**WAIT, "jobs": []}) == Outcome(event="jobs_completed", changes={"job_statuses": {}})


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"jobs": None}, "needs jobs: a list of job ids"),
        ({"jobs": ""}, "needs jobs"),
        ({"jobs": 7}, "needs jobs"),
        ({"timeout_seconds": "soon"}, "'timeout_seconds' is 'soon'"),
    ],
    ids=str,
)
def test_what_cant_be_waited_for_is_named(two: Surroundings, keys: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ActionError, match=complaint):
        two.perform({**WAIT, **keys})
