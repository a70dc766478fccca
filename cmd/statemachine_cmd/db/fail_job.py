"""``fail-job``: say that an attempt at a job has failed."""

from __future__ import annotations

from statemachine_cmd.db import job_arguments
from statemachine_cmd.db.parser import Option
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db fail-job job_001 --reason 'the disk is full'"


def add_arguments(parser: Parser) -> None:
    parser.add(job_arguments.job_operand())
    parser.add(Option("--reason", "why, as the job's error", metavar="R", required=True))


def run(given: Given) -> int:
    from statemachine_cmd.db import moments
    from statemachine_internal.jobs.changing import QueueChange
    from statemachine_internal.store.job_protocol import JobStatus

    with QueueChange(source="cli") as change:
        after = change.fail(given.job, given.reason)
    if after.status is JobStatus.SCHEDULED:
        left = f"{after.attempts} of {after.max_attempts} attempts are made"
        print(printable(f"job {after.id} failed; {left}, the next is due at {moments.shown(after.run_after)}"))
    else:
        print(printable(f"job {after.id} failed: {after.error}"))
    return 0
