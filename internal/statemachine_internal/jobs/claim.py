"""Whether a claim still holds: what a machine knows of its job is a copy, and others change the row meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from statemachine_internal.store.job_protocol import JobStatus
from statemachine_internal.store.protocol import Store

_OVER = frozenset({JobStatus.COMPLETED, JobStatus.FAILED})


def is_taken_back(store: Store, held: Mapping[str, Any]) -> bool:
    """Whether the job of a claim was taken from the machine that had claimed it, which doesn't know yet.

    It was cancelled, or freed, or an attempt at it was failed by somebody else; and since then it may have been opened
    again, claimed anew, or removed. One that somebody has completed, or given up, is at its end and no one else's.

    Args:
        store: where the job's row is.
        held: the job as ``fields`` has copied it into a context at its claim. A copy that says itself that the job is
            worked on no more is out of date for a reason that its machine knows.
    """
    if "id" not in held:
        return False
    row = store.jobs.get(str(held["id"]))
    if row is not None and row.status is JobStatus.CANCELLED:
        return held.get("status") != JobStatus.CANCELLED.value
    if held.get("status") != JobStatus.PROCESSING.value or "machine" not in held:
        return False
    return row is None or (row.status not in _OVER and row.machine != held["machine"])
