"""The jobs of the Store on SQLite; see ``job_protocol.Jobs`` for what each method promises."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import apsw

from statemachine_internal.store.job_protocol import Job, JobStatus, NewJob
from statemachine_internal.store.queries import Queries

JOBS = Queries("jobs")


class SqliteJobs:
    """Works on the connection of its Store; ``execute`` runs a statement there, ``changes`` counts what it changed."""

    def __init__(self, execute: Callable[[str, tuple[Any, ...]], apsw.Cursor], changes: Callable[[], int]) -> None:
        self._execute, self._changes = execute, changes

    def add(self, job: NewJob, now: int) -> bool:
        """Add a job, scheduled if its time is to come; False if its id, or its open unique_key, is there already."""
        status = JobStatus.SCHEDULED if job.run_after > now else JobStatus.PENDING
        return self._changed(
            JOBS.add,
            job.id, job.type, job.machine_type, job.input_file, job.payload, job.priority, status.value,
            job.max_attempts, job.run_after, job.unique_key, job.source_job, now,
        )  # fmt: skip

    def get(self, id: str) -> Job | None:
        """A job by its id."""
        rows = self._execute(JOBS.by_id, (id,)).fetchall()
        return _job(rows[0]) if rows else None

    def open_with_key(self, unique_key: str) -> str | None:
        """The open job that has this key."""
        id: str | None = self._first(JOBS.open_with_key, unique_key)
        return id

    def claim(self, machine: str, type: str | None, machine_type: str | None, now: int) -> Job | None:
        """Give the machine the first job that suits it: by priority, then by age. None: there is none."""
        self._execute(JOBS.promote, (now,))
        if type is None:
            id = self._first(JOBS.next_pending_any, machine_type)
        else:
            id = self._first(JOBS.next_pending, type, machine_type)
        return self._claimed(machine, id, now)

    def claim_one(self, machine: str, id: str, now: int) -> Job | None:
        """Give the machine this job, if it is pending."""
        self._execute(JOBS.promote, (now,))
        return self._claimed(machine, id, now)

    def next_scheduled(self, type: str | None, machine_type: str | None) -> int | None:
        """When the next scheduled job that would suit is due."""
        due: int | None = self._first(JOBS.next_scheduled, type, machine_type)
        return due

    def pending(self, type: str | None, machine_type: str | None, limit: int, now: int) -> list[Job]:
        """The pending jobs that would suit, in the order in which they would be claimed."""
        self._execute(JOBS.promote, (now,))
        ids = [id for (id,) in self._execute(JOBS.pending, (type, machine_type, limit)).fetchall()]
        return [job for id in ids if (job := self.get(str(id))) is not None]

    def complete(self, id: str, result: str | None, now: int) -> bool:
        """Say that an open job is done; False if it isn't open. ``result`` is a JSON text."""
        return self._changed(JOBS.complete, id, result, now)

    def fail(self, id: str, error: str, now: int) -> bool:
        """Give an open job up; False if it isn't open."""
        return self._changed(JOBS.fail, id, error, now)

    def retry_at(self, id: str, error: str, run_after: int) -> bool:
        """Schedule a job that is worked on for another attempt; False if it isn't worked on."""
        return self._changed(JOBS.retry_at, id, error, run_after)

    def release(self, id: str) -> bool:
        """Make a job that is worked on pending again, its attempt not counted; False if it isn't worked on."""
        return self._changed(JOBS.release, id)

    def reopen(self, id: str) -> bool:
        """Make a finished job pending again, with all its attempts; False if it is open, or its key is taken."""
        return self._changed(JOBS.reopen, id)

    def cancel(self, id: str, reason: str, now: int) -> bool:
        """Take an open job back; False if it isn't open."""
        return self._changed(JOBS.cancel, id, reason, now)

    def set_progress(self, id: str, machine: str, percent: float) -> bool:
        """Store how far a job has come, 0 to 100; False if the machine doesn't work on it."""
        return self._changed(JOBS.progress, id, machine, percent)

    def of_machine(self, machine: str) -> list[str]:
        """The ids of the jobs that the machine works on."""
        return [str(id) for (id,) in self._execute(JOBS.of_machine, (machine,)).fetchall()]

    def statuses(self, ids: list[str]) -> dict[str, JobStatus]:
        """The status of each of these jobs that exists."""
        rows = self._execute(JOBS.status_of, (json.dumps(ids),)).fetchall()
        return {str(id): JobStatus(status) for id, status in rows}

    def waiting(self) -> list[tuple[str, str]]:
        """The machines that wait for something of the queue, and for what (JSON, as stored)."""
        return [(str(machine), str(wait)) for machine, wait in self._execute(JOBS.waiting, ()).fetchall()]

    def _claimed(self, machine: str, id: str | None, now: int) -> Job | None:
        return self.get(id) if id is not None and self._changed(JOBS.claim, machine, now, id) else None

    def _first(self, sql: str, *values: Any) -> Any:
        rows = self._execute(sql, values).fetchall()
        return rows[0][0] if rows else None

    def _changed(self, sql: str, *values: Any) -> bool:
        self._execute(sql, values)
        return self._changes() > 0


def _job(row: tuple[Any, ...]) -> Job:
    (
        id, type, machine_type, input_file, payload, priority, status, attempts, max_attempts, run_after, unique_key,
        machine, progress, result, error, source_job, created, started, finished,
    ) = row  # fmt: skip
    return Job(
        id=id,
        type=type,
        machine_type=machine_type,
        input_file=input_file,
        payload=payload,
        priority=priority,
        status=JobStatus(status),
        attempts=attempts,
        max_attempts=max_attempts,
        run_after=run_after,
        unique_key=unique_key,
        machine=machine,
        progress=progress,
        result=result,
        error=error,
        source_job=source_job,
        created=created,
        started=started,
        finished=finished,
    )
