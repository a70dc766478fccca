"""A job that is taken back while a machine works on it: the action at the cursor ends, and the machine goes on."""

from __future__ import annotations

from typing import Any

from statemachine_internal.jobs.claim import is_taken_back
from statemachine_internal.machine import Trigger, TriggerKind, find_transition
from statemachine_internal.runtime.draft import Draft
from statemachine_internal.runtime.live import Phase
from statemachine_internal.runtime.program import Failure, fail
from statemachine_internal.store.job_protocol import OPEN, JobStatus

JOB_CANCELLED = "job_cancelled"

_IN_AN_ACTION = frozenset({Phase.READY, Phase.ACTING, Phase.PAUSING})


def _cancelled_job(draft: Draft) -> dict[str, Any] | None:
    """The machine's job, if it was taken back and the machine doesn't know yet."""
    job = draft.live.snapshot.context.get("current_job")
    return job if isinstance(job, dict) and is_taken_back(draft.store, job) else None


def failure_by_cancelling(draft: Draft) -> Failure | None:
    """What becomes of the action at the cursor if its job was taken back; None if it wasn't.

    It fails for good, with ``job_cancelled`` where a transition takes that.
    """
    job = _cancelled_job(draft)
    if job is None:
        return None
    trigger = Trigger(kind=TriggerKind.EMITTED, name=JOB_CANCELLED)
    taken = find_transition(draft.machine.definition, draft.live.snapshot, trigger) is not None
    return Failure(
        message=f"job '{job['id']}' was {'taken back' if _is_open_again(draft, job) else 'cancelled'}",
        event=JOB_CANCELLED if taken else None,
        details={"current_job": {**job, "status": JobStatus.CANCELLED.value}},
        final=True,
    )


def _is_open_again(draft: Draft, job: dict[str, Any]) -> bool:
    row = draft.store.jobs.get(str(job["id"]))
    return row is not None and row.status in OPEN


def give_up_cancelled(draft: Draft) -> None:
    """The action at the cursor isn't at work; if its job was taken back, it fails."""
    live = draft.live
    if live.phase in _IN_AN_ACTION and not live.snapshot.list_done:
        failure = failure_by_cancelling(draft)
        if failure is not None:
            fail(draft, live.spec, failure)
