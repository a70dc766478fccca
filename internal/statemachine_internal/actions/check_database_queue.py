"""``check_database_queue`` and ``claim_job``: the next job, and the end of the one before (requirements C4, F2, F4)."""

from __future__ import annotations

from typing import Any

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.errors import ActionError
from statemachine_internal.jobs import queue
from statemachine_internal.store.job_protocol import Job

# What a claim puts into the context, and the end of the job takes out again.
JOB_KEYS = frozenset({"current_job", "job_id", "job_type", "input_file"})


class CheckDatabaseQueueAction(InstantAction):
    """Claims the next job of ``job_type`` and ``machine_type`` (any, where they aren't given).

    Emits ``success`` or ``new_job`` (both name the event; ``new_job``), or ``no_jobs`` (``no_jobs``). Without a job the
    machine waits here, and looks again as soon as one is added that suits it, or is due. Events that are pending come
    before the next job: a machine that always has one would never take a ``stop``.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        wanted = wishes(self.config)
        finish_current(scope)
        if scope.store.pending(scope.machine, scope.now, 1):
            return Outcome(removed=taken_out(scope), wait_until=scope.now, waits_for={"jobs_for": wanted})
        job = scope.store.jobs.claim(scope.machine, wanted["type"], wanted["machine_type"], scope.now)
        if job is None:
            return Outcome(
                event=event_of(self.config, "no_jobs", "no_jobs"),
                removed=taken_out(scope),
                wait_until=scope.store.jobs.next_scheduled(wanted["type"], wanted["machine_type"]),
                waits_for={"jobs_for": wanted},
            )
        return claimed(scope, job, new_job_event(self.config))


class ClaimJobAction(InstantAction):
    """Claims one pending job by its ``job_id``; it finishes no other one.

    Emits ``success`` (``job_claimed``), or ``not_available`` (``job_not_available``) where the job isn't pending.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        id = job_id(self.config, scope)
        job = scope.store.jobs.claim_one(scope.machine, id, scope.now)
        if job is None:
            return Outcome(event=event_of(self.config, "not_available", "job_not_available"))
        return claimed(scope, job, event_of(self.config, "success", "job_claimed"))


def wishes(config: dict[str, Any]) -> dict[str, str | None]:
    """The types that are asked for."""
    return {"type": _text(chosen(config, "job_type")), "machine_type": _text(chosen(config, "machine_type"))}


def new_job_event(config: dict[str, Any]) -> str | None:
    """``success`` and ``new_job`` both name the event of a claim."""
    return event_of(config, "success" if config.get("success") is not None else "new_job", "new_job")


def job_id(config: dict[str, Any], scope: InstantScope) -> str:
    """The job that an action is about: the one that is named, else the machine's own."""
    named = chosen(config, "job_id") or scope.job_id
    if named is None:
        raise ActionError("no job is named, and the machine is at none; give the action a job_id")
    return str(named)


def claimed(scope: InstantScope, job: Job, event: str | None) -> Outcome:
    """The claim in the context: what goes wrong from here on is this job's fault."""
    scope.tell_job("job_started", {"job_id": job.id, "type": job.type, "attempt": job.attempts})
    changes = {"current_job": queue.fields(job), "job_id": job.id, "job_type": job.type, "input_file": job.input_file}
    return Outcome(event=event, changes=changes, removed=frozenset({"last_error", "last_error_action"}))


def finish_current(scope: InstantScope) -> None:
    """The job before is completed, or failed if an error was raised since its claim."""
    error = scope.context.get("last_error")
    queue.finish_before(
        scope.store,
        scope.machine,
        None if error is None else str(error),
        scope.now,
        scope.ring,
        scope.tell_job,
    )


def taken_out(scope: InstantScope) -> frozenset[str]:
    """The keys of the context that spoke of a job that is over."""
    return JOB_KEYS & scope.context.keys() if "current_job" in scope.context else frozenset()


def _text(value: object) -> str | None:
    return None if value is None else str(value)
