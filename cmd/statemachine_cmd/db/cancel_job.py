"""``cancel-job``: take an open job back, also from the machine that works on it."""

from __future__ import annotations

from statemachine_cmd.db import job_arguments
from statemachine_cmd.db.parser import Option
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db cancel-job job_001 --reason 'ordered twice'"

REASON = "cancelled from the shell"


def add_arguments(parser: Parser) -> None:
    parser.add(job_arguments.job_operand())
    parser.add(Option("--reason", f"why, as the job's error (default: {REASON})", metavar="R", default=REASON))


def run(given: Given) -> int:
    from statemachine_cmd.db.queueing import Queueing, found, over
    from statemachine_internal.jobs import queue

    with Queueing() as queueing:

        def cancel(store: Any, now: int, ring: Any) -> Any:
            job = found(store, given.job)
            if not store.jobs.cancel(job.id, given.reason, now):
                raise over(job)
            if job.machine is not None:
                ring(job.machine)  # it looks at its job then, and ends the action
            queue.ring_finished(store, job.id, ring)
            return job

        job = queueing.change(cancel)
    where = f"; {job.machine} worked on it, and was told" if job.machine else f"; it was {job.status.value}"
    print(printable(f"job {job.id} cancelled{where}"))
    return 0
