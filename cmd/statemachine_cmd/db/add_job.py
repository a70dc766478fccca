"""``add-job``: put a job into the queue, and wake who waits for one like it."""

from __future__ import annotations

import os
import time

from statemachine_cmd.db import arguments, job_arguments, moments
from statemachine_cmd.db.event import Event
from statemachine_cmd.db.parser import Option
from statemachine_internal.errors import UsageError
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = """statemachine-db add-job job_001 --type resize --payload '{"width": 800}'"""

DEFAULT_PRIORITY, DEFAULT_ATTEMPTS = 5, 1


def add_arguments(parser: Parser) -> None:
    for option in (
        job_arguments.job_operand(),
        Option("--type", "what kind of work it is, 1 to 128 characters", metavar="T", required=True),
        Option("--machine-type", "only machines of this type take it (default: any machine)", metavar="M"),
        Option("--input-file", "a file that it works on, which must exist; stored as an absolute path", metavar="F"),
        Option("--payload", "a JSON map; '-' reads it from standard input, up to 16 MiB", metavar="JSON"),
        Option(
            "--priority",
            f"1 goes first (default: {DEFAULT_PRIORITY})",
            metavar="N",
            convert=arguments.at_least_one,
            default=DEFAULT_PRIORITY,
        ),
        Option(
            "--max-attempts",
            f"how often it may be tried (default: {DEFAULT_ATTEMPTS})",
            metavar="N",
            convert=arguments.at_least_one,
            default=DEFAULT_ATTEMPTS,
        ),
        Option(
            "--run-after",
            "not before this: an ISO time (local, or with Z for UTC), or an age from now: 10m",
            metavar="WHEN",
            convert=moments.moment,
            default=0,
        ),
        Option("--unique-key", "refuse it while another job with this key is open", metavar="K"),
        *job_arguments.removed_options(),
    ):
        parser.add(option)


def run(given: Given) -> int:
    # A job's id, type and payload are what those of an event about it may be, so they are checked as one.
    checked = Event(target="ui", type=given.type, payload=given.payload, source="cli", job_id=given.job)
    job_arguments.refuse_removed(given, checked.payload_json)
    if not given.job:
        raise UsageError("the id of a job must not be empty")
    machine_type, unique_key = (_text(name, getattr(given, name)) for name in ("machine_type", "unique_key"))
    file = None if given.input_file is None else _existing(given.input_file)
    from statemachine_internal.jobs.changing import QueueChange
    from statemachine_internal.store.job_protocol import NewJob

    job = NewJob(
        id=given.job,
        type=given.type,
        payload=checked.payload_json,
        machine_type=machine_type,
        input_file=file,
        priority=given.priority,
        max_attempts=given.max_attempts,
        run_after=given.run_after,
        unique_key=unique_key,
    )
    with QueueChange(source="cli", make=True) as change:
        change.add(job)
    due = f", due at {moments.shown(job.run_after)}" if job.run_after > time.time_ns() // 1000 else ""
    print(printable(f"job {job.id} added, type {job.type}, priority {job.priority}{due}"))
    return 0


def _existing(name: str) -> str:
    path = os.path.abspath(name)
    if not os.path.exists(path):
        raise UsageError(f"--input-file is '{name[:200]}', which does not exist; use the path of a file that is there")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise UsageError("--input-file has a name that is no UTF-8, and JSON can't hold it; rename the file") from None
    return path


def _text(name: str, value: str | None) -> str | None:
    """A name that goes into the database as text; an empty one is none."""
    if not value:
        return None
    if len(value) > 256 or not value.isprintable():
        flag = f"--{name.replace('_', '-')}"
        raise UsageError(f"{flag} must be a text of at most 256 characters without control characters")
    return value
