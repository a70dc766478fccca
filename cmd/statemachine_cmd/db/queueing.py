"""A change of the queue from the shell: one transaction, and then the machines that it concerns are rung."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from statemachine_internal.control.addresses import control_path
from statemachine_internal.control.doorbell import ring
from statemachine_internal.errors import StateMachineError
from statemachine_internal.jobs.queue import JobRefused
from statemachine_internal.store.connection import connect
from statemachine_internal.store.job_upkeep import JobUpkeep
from statemachine_internal.store.paths import database_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from statemachine_internal.jobs.queue import Ring
    from statemachine_internal.store.job_protocol import Job

T = TypeVar("T")


class Queueing:
    """The queue, for a command that changes it.

    ``make``: make the database where there is none; otherwise NoDatabase is raised.
    """

    def __init__(self, *, make: bool = False) -> None:
        self.path = database_path()
        if not make:
            connect(self.path, readonly=True).close()
        self.store = JobUpkeep(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def change(self, work: Callable[[JobUpkeep, int, Ring], T]) -> T:
        """Do ``work`` in a transaction, and ring whom it names once that is committed."""
        named: list[str] = []
        with self.store.transaction():
            done = work(self.store, time.time_ns() // 1000, named.append)
            rows = {name: self.store.machine(name) for name in named}
        for name, row in rows.items():
            if not _rung(name) and row is not None and row.control_path is not None:
                ring(row.control_path)
        return done


def found(store: JobUpkeep, id: str) -> Job:
    """The job of this id.

    Raises:
        JobRefused: there is none.
    """
    job = store.jobs.get(id)
    if job is None:
        raise JobRefused(f"there is no job '{id}'; see: statemachine-db list")
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


def _rung(machine: str) -> bool:
    try:
        return ring(control_path(machine))
    except StateMachineError:  # no socket can stand there
        return False
