"""A change of the queue by a person: one transaction, and then the machines that it concerns, and the feed, are rung.

The commands and the monitor make the same changes, in the same words, through this.
"""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from statemachine_internal.control.doorbell import ring_machine
from statemachine_internal.feed.wakeup import FeedBell
from statemachine_internal.jobs import queue
from statemachine_internal.jobs.queue import JobRefused
from statemachine_internal.store.connection import connect
from statemachine_internal.store.job_protocol import OPEN, Job, JobStatus, NewJob
from statemachine_internal.store.job_upkeep import JobUpkeep
from statemachine_internal.store.paths import database_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from statemachine_internal.jobs.queue import Ring
    from statemachine_internal.store.protocol import MachineRow, Store

T = TypeVar("T")


class NoSuchJob(JobRefused):
    """The queue has no job of this id."""

    code = "no_such_job"

    def __init__(self, id: str) -> None:
        self.id = id
        super().__init__(f"there is no job '{id}'; see: statemachine-db list")


class QueueChange:
    """The queue, for somebody who changes it.

    Args:
        source: who that is, for the feed.
        make: make the database where there is none; otherwise NoDatabase is raised.
    """

    def __init__(self, *, source: str, make: bool = False) -> None:
        self.path, self.source = database_path(), source
        if not make:
            connect(self.path, readonly=True).close()
        self.store = JobUpkeep(self.path)
        self._now = 0
        self._feed_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def change(self, work: Callable[[JobUpkeep, int, Ring], T]) -> T:
        """Do ``work`` in a transaction, and ring whom it names once that is committed."""
        named: list[str] = []
        self._feed_id = 0
        with self.store.transaction():
            self._now = time.time_ns() // 1000
            done = work(self.store, self._now, named.append)
            rows = {name: self.store.machine(name) for name in named}
        for name, row in rows.items():
            ring_machine(name, partial(_stored_path, row))
        if self._feed_id:
            with FeedBell() as bell:
                bell.ring(self._feed_id)
        return done

    def tell(self, type: str, payload: Mapping[str, Any]) -> None:
        """Add a row to the feed, in the transaction of ``change``."""
        self._feed_id = self.store.append(self.source, type, json.dumps(payload), self._now)

    def add(self, job: NewJob) -> Job:
        """Add a job; raises JobRefused."""

        def work(store: JobUpkeep, now: int, ring: Ring) -> Job:
            queue.add(store, job, now, ring)
            self.tell("job_added", {"job_id": job.id, "type": job.type})
            return found(store, job.id)

        return self.change(work)

    def complete(self, id: str, result: object) -> Job:
        """Say that an open job is done; returns it as it is then."""

        def work(store: JobUpkeep, now: int, ring: Ring) -> Job:
            job = found(store, id)
            if not queue.complete(store, job.id, result, now, ring, self.tell):
                raise over(job)
            return found(store, id)

        return self.change(work)

    def fail(self, id: str, reason: str) -> Job:
        """Say that an attempt at a job has failed; returns it as it is then."""

        def work(store: JobUpkeep, now: int, ring: Ring) -> Job:
            job = found(store, id)
            if not queue.fail(store, job.id, reason, now, ring, self.tell):
                raise over(job)
            if job.machine is not None:
                ring(job.machine)  # its attempt is over, and somebody else may get the next one
            return found(store, id)

        return self.change(work)

    def cancel(self, id: str, reason: str) -> Job:
        """Take an open job back, also from the machine that works on it; returns it as it was."""

        def work(store: JobUpkeep, now: int, ring: Ring) -> Job:
            job = found(store, id)
            if not store.jobs.cancel(job.id, reason, now):
                raise over(job)
            self.tell("job_cancelled", {"job_id": job.id, "error": reason})
            if job.machine is not None:
                ring(job.machine)  # it looks at its job then, and ends the action
            queue.ring_finished(store, job.id, ring)
            return job

        return self.change(work)

    def retry(self, id: str) -> Job:
        """Run a finished job once more, with all its attempts; returns it as it was."""

        def work(store: JobUpkeep, _: int, ring: Ring) -> Job:
            job = found(store, id)
            if job.status is JobStatus.PROCESSING:
                raise at_work(job)
            if job.status in OPEN:
                raise JobRefused(f"job '{job.id}' is {job.status.value}, and needs no retry: it runs when it is due")
            if not store.jobs.reopen(job.id):
                other = store.jobs.open_with_key(job.unique_key or "")
                raise JobRefused(
                    f"the open job '{other}' has the unique key '{job.unique_key}' of job '{job.id}'; wait for its end"
                )
            self.tell("job_reopened", {"job_id": job.id})
            queue.ring_for(store, job.type, job.machine_type, ring)
            return job

        return self.change(work)

    def remove(self, id: str) -> Job:
        """Delete a job that nobody works on; returns it as it was."""

        def work(store: JobUpkeep, _: int, ring: Ring) -> Job:
            job = found(store, id)
            if not store.remove(job.id):
                raise at_work(job)
            self.tell("job_removed", {"job_id": job.id})
            queue.ring_finished(store, job.id, ring)  # who waits for its end waits no longer
            return job

        return self.change(work)


def found(store: Store, id: str) -> Job:
    """The job of this id.

    Raises:
        NoSuchJob: there is none.
    """
    job = store.jobs.get(id)
    if job is None:
        raise NoSuchJob(id)
    return job


def at_work(job: Job) -> JobRefused:
    """What to say of a job that can't be touched while a machine works on it."""
    return JobRefused(
        f"job '{job.id}' is worked on by {job.machine}; "
        f"take it back first with: statemachine-db cancel-job {job.id}, or, where that machine is gone for good, "
        "free it with: statemachine-db reset-processing"
    )


def over(job: Job) -> JobRefused:
    """What to say of a job that has come to its end before."""
    return JobRefused(
        f"job '{job.id}' is {job.status.value} already; to run it once more: statemachine-db retry-job {job.id}"
    )


def _stored_path(row: MachineRow | None) -> str | None:
    return None if row is None else row.control_path
