"""Adding, claiming and finishing jobs, and whom each of these wakes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from statemachine_internal.errors import StateMachineError
from statemachine_internal.store.job_protocol import Job, JobStatus, NewJob
from statemachine_internal.store.protocol import Store

SECOND = 1_000_000
FIRST_DELAY = 1.0  # seconds, before the second attempt
FACTOR = 2.0
LONGEST_DELAY = 3600.0
JITTER = 0.1

Ring = Callable[[str], None]
Tell = Callable[[str, Mapping[str, Any]], object]


def nobody(_type: str, _payload: Mapping[str, Any]) -> None:
    """Where no feed is to hear of it."""


class JobRefused(StateMachineError):
    """The queue doesn't take the job, or has none of this id that this could be done to."""

    code = "job_refused"


def add(store: Store, job: NewJob, now: int, ring: Ring) -> None:
    """Add a job, and ring the machines that wait for one like it.

    Raises:
        JobRefused: its id is used, or an open job has its unique_key.
    """
    if not store.jobs.add(job, now):
        other = store.jobs.open_with_key(job.unique_key) if job.unique_key else None
        if store.jobs.get(job.id) is None and other is not None:
            raise JobRefused(f"the open job '{other}' has the unique key '{job.unique_key}' already; wait for its end")
        raise JobRefused(f"the job id '{job.id}' is used already; choose another, or remove that job first")
    ring_for(store, job.type, job.machine_type, ring)


def finish_before(store: Store, machine: str, error: str | None, now: int, ring: Ring, tell: Tell = nobody) -> None:
    """A machine that asks for its next job has finished the one before: failed if there was an ``error`` since."""
    for id in store.jobs.of_machine(machine):
        if error is None:
            complete(store, id, None, now, ring, tell)
        else:
            fail(store, id, error, now, ring, tell)


def release_all(store: Store, machine: str, ring: Ring) -> None:
    """A machine that starts over gives back what it had been working on."""
    for id in store.jobs.of_machine(machine):
        job = store.jobs.get(id)
        if job is not None and store.jobs.release(id):
            ring_for(store, job.type, job.machine_type, ring)


def complete(store: Store, id: str, result: Any, now: int, ring: Ring, tell: Tell = nobody) -> bool:
    """A job is done; rings the machines that wait for it. False if it isn't open."""
    text = None if result is None else json.dumps(result)
    done = store.jobs.complete(id, text, now)
    if done:
        tell("job_completed", {"job_id": id})
        ring_finished(store, id, ring)
    return done


def fail(store: Store, id: str, error: str, now: int, ring: Ring, tell: Tell = nobody, *, final: bool = False) -> bool:
    """A job has failed: it is scheduled again while attempts are left (and not ``final``), else given up.

    Returns False if it isn't open.
    """
    job = store.jobs.get(id)
    if job is None:
        return False
    if job.status is JobStatus.PROCESSING and job.attempts < job.max_attempts and not final:
        due = now + delay(job.attempts)
        again = store.jobs.retry_at(id, error, due)
        tell("job_failed", {"job_id": id, "error": error, "attempt": job.attempts, "run_after": due})
        if again:  # who is parked for its type must know the new time
            ring_for(store, job.type, job.machine_type, ring)
        return again
    done = store.jobs.fail(id, error, now)
    if done:
        tell("job_failed", {"job_id": id, "error": error, "attempt": job.attempts})
        ring_finished(store, id, ring)
    return done


def delay(attempts: int) -> int:
    """Microseconds until the attempt after ``attempts``; spread, so that what failed together comes back apart."""
    seconds = min(FIRST_DELAY * FACTOR ** (attempts - 1), LONGEST_DELAY)
    return round(seconds * (1 + random.uniform(-JITTER, JITTER)) * SECOND)


def ring_for(store: Store, type: str, machine_type: str | None, ring: Ring) -> None:
    """Ring the machines that are parked for a job like this."""
    for machine, text in store.jobs.waiting():
        wanted = json.loads(text).get("jobs_for")
        if wanted is not None and suits(wanted, type, machine_type):
            ring(machine)


def ring_finished(store: Store, id: str, ring: Ring) -> None:
    """Ring the machines that wait for the end of this job."""
    for machine, text in store.jobs.waiting():
        if id in json.loads(text).get("jobs", ()):
            ring(machine)


def suits(wanted: Mapping[str, Any], type: str, machine_type: str | None) -> bool:
    """Whether a job of this type is one that a machine with these wishes takes."""
    asked_type, asked_machine = wanted.get("type"), wanted.get("machine_type")
    return asked_type in (None, type) and (None in (asked_machine, machine_type) or asked_machine == machine_type)


def fields(job: Job) -> dict[str, Any]:
    """A job as the context holds it under ``current_job``; ``data`` is its payload under its older name."""
    payload = json.loads(job.payload)
    return {
        "id": job.id,
        "type": job.type,
        "machine_type": job.machine_type,
        "input_file": job.input_file,
        "payload": payload,
        "data": payload,
        "priority": job.priority,
        "status": job.status.value,
        "machine": job.machine,
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "source_job": job.source_job,
    }
