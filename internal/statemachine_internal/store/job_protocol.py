"""What the queue needs of a database; a part of the Store, with the same promises."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class JobStatus(Enum):
    """Where a job is."""

    PENDING = "pending"  # any machine that it suits may claim it
    SCHEDULED = "scheduled"  # pending from its run_after on
    PROCESSING = "processing"  # a machine works on it
    COMPLETED = "completed"  # done
    FAILED = "failed"  # given up, with its error
    CANCELLED = "cancelled"  # taken back by a person


OPEN = frozenset({JobStatus.PENDING, JobStatus.SCHEDULED, JobStatus.PROCESSING})


@dataclass(frozen=True, kw_only=True, slots=True)
class NewJob:
    """A job to be added.

    ``payload`` is the JSON text of a map; ``priority`` 1 goes first; ``run_after`` is 0 or microseconds since 1970;
    while a job with the same ``unique_key`` is open, no other is added.
    """

    id: str
    type: str
    payload: str = "{}"
    machine_type: str | None = None
    input_file: str | None = None
    priority: int = 5
    max_attempts: int = 1
    run_after: int = 0
    unique_key: str | None = None
    source_job: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job as stored. ``payload`` and ``result`` are JSON texts, times microseconds since 1970, UTC."""

    id: str
    type: str
    machine_type: str | None
    input_file: str | None
    payload: str
    priority: int
    status: JobStatus
    attempts: int
    max_attempts: int
    run_after: int
    unique_key: str | None
    machine: str | None
    progress: float | None
    result: str | None
    error: str | None
    source_job: str | None
    created: int
    started: int | None
    finished: int | None


class Jobs(Protocol):
    """The jobs of a Store. Everything but reads happens inside its transaction."""

    def add(self, job: NewJob, now: int) -> bool:
        """Add a job, scheduled if its time is to come; False if its id, or its open unique_key, is there already."""
        ...

    def get(self, id: str) -> Job | None:
        """A job by its id."""
        ...

    def open_with_key(self, unique_key: str) -> str | None:
        """The open job that has this key."""
        ...

    def claim(self, machine: str, type: str | None, machine_type: str | None, now: int) -> Job | None:
        """Give the machine the first job that suits it: by priority, then by age. None: there is none.

        A job without machine type suits every machine, and a machine that gives no type or machine type takes any.
        """
        ...

    def claim_one(self, machine: str, id: str, now: int) -> Job | None:
        """Give the machine this job, if it is pending."""
        ...

    def next_scheduled(self, type: str | None, machine_type: str | None) -> int | None:
        """When the next scheduled job that would suit is due."""
        ...

    def pending(self, type: str | None, machine_type: str | None, limit: int, now: int) -> list[Job]:
        """The pending jobs that would suit, in the order in which they would be claimed."""
        ...

    def complete(self, id: str, result: str | None, now: int) -> bool:
        """Say that an open job is done; False if it isn't open. ``result`` is a JSON text."""
        ...

    def fail(self, id: str, error: str, now: int) -> bool:
        """Give an open job up; False if it isn't open."""
        ...

    def retry_at(self, id: str, error: str, run_after: int) -> bool:
        """Schedule a job that is worked on for another attempt; False if it isn't worked on."""
        ...

    def release(self, id: str) -> bool:
        """Make a job that is worked on pending again, its attempt not counted; False if it isn't worked on."""
        ...

    def reopen(self, id: str) -> bool:
        """Make a finished job pending again, with all its attempts; False if it is open, or its key is taken."""
        ...

    def cancel(self, id: str, reason: str, now: int) -> bool:
        """Take an open job back; False if it isn't open."""
        ...

    def set_progress(self, id: str, machine: str, percent: float) -> bool:
        """Store how far a job has come, 0 to 100; False if the machine doesn't work on it."""
        ...

    def of_machine(self, machine: str) -> list[str]:
        """The ids of the jobs that the machine works on."""
        ...

    def statuses(self, ids: list[str]) -> dict[str, JobStatus]:
        """The status of each of these jobs that exists."""
        ...

    def waiting(self) -> list[tuple[str, str]]:
        """The machines that wait for something of the queue, and for what (JSON, as stored)."""
        ...
