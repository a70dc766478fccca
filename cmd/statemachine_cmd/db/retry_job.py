"""``retry-job``: run a finished job once more, with all its attempts."""

from __future__ import annotations

from statemachine_cmd.db import job_arguments
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db retry-job job_001"


def add_arguments(parser: Parser) -> None:
    parser.add(job_arguments.job_operand())


def run(given: Given) -> int:
    from statemachine_cmd.db.queueing import Queueing, at_work, found
    from statemachine_internal.jobs import queue
    from statemachine_internal.store.job_protocol import OPEN, JobStatus

    with Queueing() as queueing:

        def reopen(store: Any, _: int, ring: Any) -> Any:
            job = found(store, given.job)
            if job.status is JobStatus.PROCESSING:
                raise at_work(job)
            if job.status in OPEN:
                raise queue.JobRefused(
                    f"job '{job.id}' is {job.status.value}, and needs no retry: it runs when it is due"
                )
            if not store.jobs.reopen(job.id):
                other = store.jobs.open_with_key(job.unique_key)
                raise queue.JobRefused(
                    f"the open job '{other}' has the unique key '{job.unique_key}' of job '{job.id}'; wait for its end"
                )
            queue.ring_for(store, job.type, job.machine_type, ring)
            return job

        job = queueing.change(reopen)
    print(printable(f"job {job.id} is pending again; it was {job.status.value}"))
    return 0
