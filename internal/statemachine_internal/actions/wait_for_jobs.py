"""``wait_for_jobs``: until jobs are finished, woken by their end and not by a clock (requirement C7)."""

from __future__ import annotations

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.actions.sleep import microseconds
from statemachine_internal.errors import ActionError
from statemachine_internal.store.job_protocol import OPEN, JobStatus


class WaitForJobsAction(InstantAction):
    """Waits until all of ``jobs`` (ids, or jobs as ``get_pending_jobs`` gives them) are finished.

    Emits ``success`` (``jobs_completed``) when all are completed, ``failed`` (``jobs_failed``) when one is failed,
    cancelled or gone, ``timed_out`` (``jobs_timed_out``) after ``timeout_seconds``. The statuses go into
    ``job_statuses``.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        ids = _ids(chosen(self.config, "jobs", "job_ids"))
        found = scope.store.jobs.statuses(ids)
        statuses = {id: found[id].value if id in found else "gone" for id in ids}
        timeout = microseconds(chosen(self.config, "timeout_seconds") or 0, "timeout_seconds")
        deadline = None if not timeout else scope.due or scope.now + timeout
        if any(found.get(id) in OPEN for id in ids):
            if deadline is None or scope.now < deadline:
                return Outcome(waits_for={"jobs": ids}, wait_until=deadline)
            return Outcome(
                event=event_of(self.config, "timed_out", "jobs_timed_out"), changes={"job_statuses": statuses}
            )
        if all(found.get(id) is JobStatus.COMPLETED for id in ids):
            event = event_of(self.config, "success", "jobs_completed")
        else:
            event = event_of(self.config, "failed", "jobs_failed")
        return Outcome(event=event, changes={"job_statuses": statuses})


def _ids(jobs: object) -> list[str]:
    if isinstance(jobs, str) and jobs:
        return [jobs]
    if not isinstance(jobs, list):
        raise ActionError("wait_for_jobs needs jobs: a list of job ids")
    return [str(job["id"]) if isinstance(job, dict) and "id" in job else str(job) for job in jobs]
