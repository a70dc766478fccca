"""``complete_job`` and ``fail_job``: what became of a job (requirement F4)."""

from __future__ import annotations

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.check_database_queue import job_id, taken_out
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen, flag
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.actions.set_context import storable
from statemachine_internal.jobs import queue
from statemachine_internal.jobs.claim import is_taken_back


class CompleteJobAction(InstantAction):
    """Completes a job (``job_id``; the machine's own by default), with a ``result`` that JSON can carry.

    Emits ``success`` (``job_completed``), or ``not_open`` (``job_not_open``) where the job is finished already.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        id = job_id(self.config, scope)
        result = storable(self.config.get("result"), "'result'")
        done = _is_ours_to_finish(scope, id) and queue.complete(
            scope.store, id, result, scope.now, scope.ring, scope.tell_job
        )
        return _outcome(self, scope, id, done, "job_completed")


class FailJobAction(InstantAction):
    """Fails a job (``job_id``; the machine's own by default) for a ``reason``.

    It is tried again while attempts are left; ``final: true`` gives it up at once. Emits ``success``
    (``job_failed``), or ``not_open`` (``job_not_open``).
    """

    def perform(self, scope: InstantScope) -> Outcome:
        id = job_id(self.config, scope)
        reason = str(chosen(self.config, "reason") or scope.context.get("last_error") or "failed")
        done = _is_ours_to_finish(scope, id) and queue.fail(
            scope.store,
            id,
            reason,
            scope.now,
            scope.ring,
            scope.tell_job,
            final=flag(self.config, "final"),
        )
        return _outcome(self, scope, id, done, "job_failed")


def _is_ours_to_finish(scope: InstantScope, id: str) -> bool:
    """An attempt that was taken back has no say any more, whatever the job may be to somebody else."""
    held = scope.context.get("current_job")
    return not (isinstance(held, dict) and id == scope.job_id and is_taken_back(scope.store, held))


def _outcome(action: InstantAction, scope: InstantScope, id: str, done: bool, event: str) -> Outcome:
    if not done:
        return Outcome(event=event_of(action.config, "not_open", "job_not_open"))
    removed = taken_out(scope) if id == scope.job_id else frozenset()
    return Outcome(event=event_of(action.config, "success", event), removed=removed)
