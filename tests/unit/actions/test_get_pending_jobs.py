from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from statemachine_internal.store.job_protocol import JobStatus
from unit.actions.surroundings import NOW, SECOND, Surroundings

PENDING: dict[str, Any] = {"type": "get_pending_jobs", "job_type": "resize"}


def ids(outcome: Outcome, key: str = "pending_jobs") -> list[str]:
    return [job["id"] for job in outcome.changes[key]]


@pytest.mark.req("C7")
def test_the_pending_jobs_come_in_the_order_of_their_claims_and_stay_pending(around: Surroundings) -> None:
    for id, priority in (("late", 5), ("first", 1), ("last", 5)):
        around.add_job(id, priority=priority, payload='{"n": 1}')
    outcome = around.perform(PENDING)
    assert (outcome.event, ids(outcome)) == ("jobs_found", ["first", "late", "last"])
    job = outcome.changes["pending_jobs"][0]
    assert (job["payload"], job["status"], job["attempts"]) == ({"n": 1}, "pending", 0)
    assert {around.job(id).status for id in ids(outcome)} == {JobStatus.PENDING}


@pytest.mark.req("C7")
def test_other_types_and_what_isnt_due_or_is_worked_on_are_left_out(around: Surroundings) -> None:
    around.add_job("taken")
    around.perform({"type": "check_database_queue"})
    around.add_job("mine", machine_type="gpu")
    around.add_job("print", type="print")
    around.add_job("cpu", machine_type="cpu")
    around.add_job("later", run_after=NOW + SECOND)
    wanted = {**PENDING, "machine_type": "gpu"}
    assert ids(around.perform(wanted)) == ["mine"]
    around.now += SECOND
    assert ids(around.perform(wanted)) == ["mine", "later"]


@pytest.mark.req("C7")
@pytest.mark.parametrize(("limit", "found"), [(2, 2), ("{most}", 1), ("2", 2), (None, 3), (1000, 3)])
def test_at_most_so_many_under_another_key(around: Surroundings, limit: Any, found: int) -> None:
    around.context = {"most": 1}
    for number in range(3):
        around.add_job(f"job_{number}")
    outcome = around.perform({**PENDING, "limit": limit, "into": "todo", "success": "some"})
    assert outcome.event == "some"
    assert ids(outcome, "todo") == ["job_0", "job_1", "job_2"][:found]


@pytest.mark.req("C7")
@pytest.mark.req("P10")
def test_without_one_it_waits_until_there_is_one(around: Surroundings) -> None:
    around.add_job("later", run_after=NOW + SECOND)
    assert around.perform({**PENDING, "no_jobs": "idle"}) == Outcome(
        event="idle",
        changes={"pending_jobs": []},
        wait_until=NOW + SECOND,
        waits_for={"jobs_for": {"type": "resize", "machine_type": None}},
    )
    assert around.perform({**PENDING, "job_type": "print"}).event == "no_jobs"
    assert around.perform({**PENDING, "job_type": "print"}).wait_until is None


@pytest.mark.req("C7")
@pytest.mark.parametrize("limit", [0, -1, 1001, "many", True, 1.5, [1]], ids=repr)
def test_what_is_no_limit_is_named(around: Surroundings, limit: Any) -> None:
    with pytest.raises(ActionError, match=r"'limit' is .*; use a whole number from 1 to 1000"):
        around.perform({**PENDING, "limit": limit})


@pytest.mark.req("C7")
def test_the_engines_names_are_not_set(around: Surroundings) -> None:
    with pytest.raises(ActionError, match="'machine_name' is the engine's"):
        around.perform({**PENDING, "into": "machine_name"})
