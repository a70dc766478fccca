"""How far a job has come by what a fake says, stored and remembered as that of a real action."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from statemachine_internal.actions.names import held_job
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.jobs.progress import percent, store_progress
from statemachine_internal.runtime.live import Machine
from statemachine_internal.runtime.program import Failure


def so_far(machine: Machine, context: Mapping[str, Any]) -> int | float | None:
    """What an earlier try has said, which may have ended with its process; None where there is no job."""
    id = held_job(context)
    job = None if id is None else machine.store.jobs.get(id)
    return None if job is None or job.machine != machine.name else percent(job.progress or 0)


def tell(machine: Machine, context: Mapping[str, Any], value: float, now: int) -> bool:
    """Store a progress. False if the machine has no job: then nobody listens."""
    id = held_job(context)
    if id is None:
        return False
    store = machine.store
    with store.transaction():
        return store_progress(
            store, machine.name, id, value, lambda type, row: store.append(machine.name, type, json.dumps(row), now)
        )


def remembered(end: Outcome | Failure, context: Mapping[str, Any], value: float) -> Outcome | Failure:
    """The end of the action, with the progress in ``current_job``, where placeholders find it."""
    job = {"current_job": {**context["current_job"], "progress": value}}
    if isinstance(end, Failure):
        return replace(end, details={**job, **(end.details or {})})
    return replace(end, changes={**job, **end.changes})
