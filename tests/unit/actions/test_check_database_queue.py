from __future__ import annotations

import json
from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from statemachine_internal.store.job_protocol import JobStatus
from unit.actions.surroundings import NOW, SECOND, Surroundings

CHECK: dict[str, Any] = {"type": "check_database_queue", "job_type": "resize"}
CLAIM: dict[str, Any] = {"type": "claim_job", "job_id": "job_1"}


def told(around: Surroundings) -> list[tuple[str, Any]]:
    """What the feed was told."""
    return [(row.type, json.loads(row.payload)) for row in around.feed_rows()]


@pytest.mark.req("C4")
@pytest.mark.req("F2")
def test_the_next_job_is_claimed_and_put_into_the_context(around: Surroundings) -> None:
    around.add_job("job_1", payload='{"width": 800}', input_file="/a.png", max_attempts=3)
    outcome = around.perform(CHECK)
    job = {
        "id": "job_1",
        "type": "resize",
        "machine_type": None,
        "input_file": "/a.png",
        "payload": {"width": 800},
        "data": {"width": 800},
        "priority": 5,
        "status": "processing",
        "machine": "worker",
        "attempts": 1,
        "max_attempts": 3,
        "source_job": None,
    }
    assert outcome == Outcome(
        event="new_job",
        changes={"current_job": job, "job_id": "job_1", "job_type": "resize", "input_file": "/a.png"},
        removed=frozenset({"last_error", "last_error_action"}),
    )
    assert (around.job("job_1").machine, around.job("job_1").started) == ("worker", NOW)
    assert told(around) == [("job_started", {"job_id": "job_1", "type": "resize", "attempt": 1})]


@pytest.mark.req("F2")
def test_the_most_urgent_goes_first_and_among_equals_the_oldest(around: Surroundings) -> None:
    for id, priority in (("late", 5), ("first", 1), ("last", 5)):
        around.add_job(id, priority=priority)
    claimed = [around.take(around.perform(CHECK)).changes["job_id"] for _ in range(3)]
    assert claimed == ["first", "late", "last"]


@pytest.mark.req("C4")
@pytest.mark.parametrize(
    ("wanted", "claimed"),
    [
        ({"job_type": "resize"}, "any_machine"),
        ({"job_type": "print"}, "other_type"),
        ({"job_type": "scan"}, None),
        ({"machine_type": "gpu"}, "any_machine"),
        ({"job_type": "{wanted}", "machine_type": "cpu"}, "other_type"),
        ({}, "any_machine"),
        ({"job_type": None}, "any_machine"),
    ],
    ids=str,
)
def test_a_machine_takes_what_suits_its_types(around: Surroundings, wanted: Any, claimed: str | None) -> None:
    around.context = {"wanted": "print"}
    around.add_job("any_machine")
    around.add_job("gpu_only", machine_type="gpu")
    around.add_job("other_type", type="print")
    assert around.perform({"type": "check_database_queue", **wanted}).changes.get("job_id") == claimed


@pytest.mark.req("C4")
@pytest.mark.req("P10")
def test_without_a_job_it_waits_for_one_or_for_the_next_that_is_due(around: Surroundings) -> None:
    wanted = {"type": "resize", "machine_type": None}
    assert around.perform(CHECK) == Outcome(event="no_jobs", waits_for={"jobs_for": wanted})
    around.add_job("later", run_after=NOW + 5 * SECOND)
    around.add_job("other", type="print", run_after=NOW + SECOND)
    assert around.perform(CHECK).wait_until == NOW + 5 * SECOND
    around.now += 5 * SECOND
    assert around.perform(CHECK).changes["job_id"] == "later"


@pytest.mark.req("C4")
@pytest.mark.parametrize(
    ("keys", "events"),
    [
        ({"success": "go", "no_jobs": "idle"}, ("go", "idle")),
        ({"new_job": "go"}, ("go", "no_jobs")),
        ({"success": "go", "new_job": "other"}, ("go", "no_jobs")),
        ({"success": "", "no_jobs": ""}, ("", "")),
    ],
    ids=str,
)
def test_its_events_are_renamed(around: Surroundings, keys: dict[str, str], events: tuple[str, str]) -> None:
    around.add_job("job_1")
    assert (around.perform({**CHECK, **keys}).event, around.perform({**CHECK, **keys}).event) == events


@pytest.mark.req("F4")
def test_the_job_before_is_completed_and_the_next_one_claimed(around: Surroundings) -> None:
    around.add_job("job_1")
    around.add_job("job_2")
    around.parked("boss", {"jobs": ["job_1"]})
    around.take(around.perform(CHECK))
    around.take(around.perform(CHECK))
    assert around.context["job_id"] == "job_2"
    assert (around.job("job_1").status, around.job("job_1").finished) == (JobStatus.COMPLETED, NOW)
    assert [type for type, _ in told(around)] == ["job_started", "job_completed", "job_started"]
    assert around.rung == ["boss"]


@pytest.mark.req("F4")
def test_when_no_other_job_is_there_the_context_forgets_the_one_before(around: Surroundings) -> None:
    around.add_job("job_1", input_file="/a.png")
    around.context = {"mine": 1}
    around.take(around.perform(CHECK))
    around.take(around.perform(CHECK))
    assert around.context == {"mine": 1}
    assert around.job("job_1").status is JobStatus.COMPLETED


@pytest.mark.req("F4")
def test_keys_of_the_same_name_that_belong_to_no_job_stay(around: Surroundings) -> None:
    around.context = {"input_file": "/mine.png", "job_id": "from elsewhere"}
    assert around.perform(CHECK).removed == frozenset()


@pytest.mark.req("F4")
def test_an_error_since_the_claim_fails_the_job_before(around: Surroundings) -> None:
    around.add_job("job_1")
    around.add_job("job_2")
    around.context = {"last_error": "of long ago", "last_error_action": "bash"}
    around.take(around.perform(CHECK))
    around.context["last_error"] = "the disk is full"
    around.take(around.perform(CHECK))
    assert (around.job("job_1").status, around.job("job_1").error) == (JobStatus.FAILED, "the disk is full")
    assert around.context["job_id"] == "job_2"
    assert "last_error" not in around.context, "so that it isn't the next job's fault"
    around.take(around.perform(CHECK))
    assert around.job("job_2").status is JobStatus.COMPLETED


@pytest.mark.req("F4")
@pytest.mark.req("F5")
def test_a_failed_job_with_attempts_left_comes_back_when_it_is_due(around: Surroundings) -> None:
    around.add_job("job_1", max_attempts=2)
    around.take(around.perform(CHECK))
    around.context["last_error"] = "no network"
    outcome = around.take(around.perform(CHECK))
    job = around.job("job_1")
    assert (job.status, job.error, outcome.wait_until) == (JobStatus.SCHEDULED, "no network", job.run_after)
    around.now = job.run_after
    assert around.perform(CHECK).changes["current_job"]["attempts"] == 2


@pytest.mark.req("F4")
def test_one_job_is_claimed_by_its_id_and_the_one_before_stays_as_it_is(around: Surroundings) -> None:
    around.add_job("job_0")
    around.add_job("job_1", type="print", priority=9)
    around.take(around.perform(CHECK))
    outcome = around.take(around.perform(CLAIM))
    assert (outcome.event, around.context["job_id"], around.context["job_type"]) == ("job_claimed", "job_1", "print")
    assert around.job("job_0").status is JobStatus.PROCESSING
    around.perform(CHECK)
    assert [around.job(id).status for id in ("job_0", "job_1")] == [JobStatus.COMPLETED] * 2


@pytest.mark.req("F4")
def test_what_isnt_pending_is_not_claimed(around: Surroundings) -> None:
    assert around.perform(CLAIM) == Outcome(event="job_not_available")
    around.add_job("job_1", run_after=NOW + SECOND)
    assert around.perform({**CLAIM, "not_available": "gone"}) == Outcome(event="gone")
    around.now += SECOND
    assert around.perform({**CLAIM, "success": "mine"}).event == "mine"
    assert around.perform(CLAIM) == Outcome(event="job_not_available")


@pytest.mark.req("F4")
def test_the_job_of_the_last_event_is_claimed_where_none_is_named(around: Surroundings) -> None:
    around.add_job("job_1")
    around.context = {"event_data": {"job_id": "job_1"}}
    assert around.perform({"type": "claim_job"}).event == "job_claimed"
    around.context = {}
    with pytest.raises(ActionError, match="give the action a job_id"):
        around.perform({"type": "claim_job"})
