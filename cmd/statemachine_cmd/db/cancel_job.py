"""``cancel-job``: take an open job back, also from the machine that works on it."""

from __future__ import annotations

from statemachine_cmd.db import job_arguments
from statemachine_cmd.db.parser import Option
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db cancel-job job_001 --reason 'ordered twice'"

REASON = "cancelled from the shell"


def add_arguments(parser: Parser) -> None:
    parser.add(job_arguments.job_operand())
    parser.add(Option("--reason", f"why, as the job's error (default: {REASON})", metavar="R", default=REASON))


def run(given: Given) -> int:
    from statemachine_internal.jobs.changing import QueueChange

    with QueueChange(source="cli") as change:
        job = change.cancel(given.job, given.reason)
    where = f"; {job.machine} worked on it, and was told" if job.machine else f"; it was {job.status.value}"
    print(printable(f"job {job.id} cancelled{where}"))
    return 0
