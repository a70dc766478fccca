"""``reset-processing``: free the jobs of machines that are gone, so that others take them."""

from __future__ import annotations

from statemachine_cmd.db.parser import NEVER, Option
from statemachine_internal.errors import UsageError
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db reset-processing"


def add_arguments(parser: Parser) -> None:
    parser.add(Option("--force", "free those of machines that run too, which end what they do for them", value=NEVER))


def run(given: Given) -> int:
    from statemachine_internal.jobs import queue
    from statemachine_internal.jobs.changing import QueueChange

    with QueueChange(source="cli") as change:

        def reset(store: Any, _: int, ring: Any) -> tuple[list[Any], list[Any]]:
            freed, kept = [], []
            for job in store.worked_on():
                # Within the transaction: a machine that comes up now reads its job after this.
                alive = _lives(job.machine)
                if alive and not given.force:
                    kept.append(job)
                    continue
                store.jobs.release(job.id)
                change.tell("job_reopened", {"job_id": job.id})
                freed.append(job)
                if alive:
                    ring(job.machine)
                queue.ring_for(store, job.type, job.machine_type, ring)
            return freed, kept

        freed, kept = change.change(reset)
    for job in freed:
        print(printable(f"job {job.id} is pending again; {job.machine} worked on it"))
    for job in kept:
        print(printable(f"job {job.id} stays with {job.machine}, which is running"))
    print(f"freed {len(freed)} job{'' if len(freed) == 1 else 's'}")
    return 0


def _lives(machine: str) -> bool:
    from statemachine_internal.runtime.lock import is_alive

    try:
        return is_alive(machine)
    except UsageError:  # no process can have a name that none may have
        return False
