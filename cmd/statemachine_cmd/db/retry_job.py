"""``retry-job``: run a finished job once more, with all its attempts."""

from __future__ import annotations

from statemachine_cmd.db import job_arguments
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db retry-job job_001"


def add_arguments(parser: Parser) -> None:
    parser.add(job_arguments.job_operand())


def run(given: Given) -> int:
    from statemachine_internal.jobs.changing import QueueChange

    with QueueChange(source="cli") as change:
        job = change.retry(given.job)
    print(printable(f"job {job.id} is pending again; it was {job.status.value}"))
    return 0
