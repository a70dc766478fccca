"""``details``: all that there is to know of one job."""

from __future__ import annotations

from statemachine_cmd.db import arguments, job_arguments, job_rows, listing, times
from statemachine_internal.errors import StateMachineError
from statemachine_internal.service.printable import printable
from statemachine_internal.store.job_listing import JobListing
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db details job_001"

MOMENTS = ("created", "run_after", "started", "finished")


class NoSuchJob(StateMachineError):
    """The queue has no job of this id."""

    code = "no_such_job"


def add_arguments(parser: Parser) -> None:
    parser.add(job_arguments.job_operand())
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    now = listing.now()
    with JobListing(database_path()) as database:
        found = database.jobs(id=given.job, now=now, payload=True, limit=1)
    if not found:
        raise NoSuchJob(f"there is no job '{given.job}'; see: statemachine-db list")
    (job,) = found
    if given.format == "json":
        listing.print_json(listing.as_json(job_rows.as_json(job)))
        return 0
    for key, value in job.items():
        if value is None:
            continue
        text = f"{times.short(value)} ({_distance(value, now)})" if key in MOMENTS else str(value)
        if key == "progress":
            text = f"{value:g} %"
        print(f"{key.replace('_', ' '):<13}  {printable(text)}")
    return 0


def _distance(stored: int, now: int) -> str:
    age = times.age(stored, now)
    return age if stored > now else f"{age} ago"
