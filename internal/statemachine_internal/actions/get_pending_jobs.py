"""``get_pending_jobs``: what waits in the queue, without claiming it (requirement C7)."""

from __future__ import annotations

from statemachine_internal.actions.add_job import whole
from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.check_database_queue import wishes
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen, context_key
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.jobs import queue

MOST = 1000


class GetPendingJobsAction(InstantAction):
    """Puts the pending jobs of ``job_type`` and ``machine_type`` into the context key ``into`` (``pending_jobs``).

    They come in the order in which they would be claimed, at most ``limit`` (100). Emits ``success``
    (``jobs_found``) or ``no_jobs`` (``no_jobs``); without one it waits here until there is one.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        wanted = wishes(self.config)
        into = context_key(chosen(self.config, "into") or "pending_jobs")
        limit = whole(self.config, "limit", 100, MOST)
        found = scope.store.jobs.pending(wanted["type"], wanted["machine_type"], limit, scope.now)
        if not found:
            return Outcome(
                event=event_of(self.config, "no_jobs", "no_jobs"),
                changes={into: []},
                wait_until=scope.store.jobs.next_scheduled(wanted["type"], wanted["machine_type"]),
                waits_for={"jobs_for": wanted},
            )
        return Outcome(
            event=event_of(self.config, "success", "jobs_found"), changes={into: [queue.fields(job) for job in found]}
        )
