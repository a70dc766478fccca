"""``remove-job``: delete a job that nobody works on."""

from __future__ import annotations

from statemachine_cmd.db import job_arguments
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db remove-job job_001"


def add_arguments(parser: Parser) -> None:
    parser.add(job_arguments.job_operand())


def run(given: Given) -> int:
    from statemachine_cmd.db.queueing import Queueing, at_work, found
    from statemachine_internal.jobs import queue

    with Queueing() as queueing:

        def remove(store: Any, _: int, ring: Any) -> Any:
            job = found(store, given.job)
            if not store.remove(job.id):
                raise at_work(job)
            queue.ring_finished(store, job.id, ring)  # who waits for its end waits no longer
            return job

        job = queueing.change(remove)
    print(printable(f"job {job.id} removed; it was {job.status.value}"))
    return 0
