"""What clients order by POST; a field that isn't known is refused."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from statemachine_internal.errors import UsageError

MOST = 2**31
MOST_AT_ONCE = 1000
"""Jobs."""


class EventOrder(BaseModel, extra="forbid"):
    """An event to be sent."""

    target: str = Field(description="a machine, or ui")
    type: str = Field(min_length=1, max_length=128)
    payload: Any = Field(None, description="a map")
    job_id: str | None = Field(None, max_length=256)
    source: str | None = Field(None, min_length=1, max_length=128, description="who sends it; monitor by default")


class JobToAdd(BaseModel, extra="forbid"):
    """A job to be added."""

    id: str = Field(min_length=1, max_length=256)
    type: str = Field(min_length=1, max_length=128)
    machine_type: str | None = Field(None, max_length=256)
    input_file: str | None = Field(None, max_length=4096, description="an absolute path")
    payload: Any = Field(None, description="a map")
    priority: int = Field(5, ge=1, le=MOST, description="1 goes first")
    max_attempts: int = Field(1, ge=1, le=MOST)
    run_after: str | None = Field(None, description="an ISO time, not before which it runs")
    unique_key: str | None = Field(None, max_length=256)


class JobOrder(BaseModel, extra="forbid"):
    """Why something is done to a job, or what came of it."""

    reason: str | None = Field(None, max_length=4096, description="for cancel and fail")
    result: Any = Field(None, description="for complete")


class JobsOrder(BaseModel, extra="forbid"):
    """Something to be done to many jobs: to those that are named, or, page by page, to those of a status or type."""

    action: Literal["retry", "cancel", "remove"]
    ids: list[str] | None = None
    status: Literal["pending", "scheduled", "processing", "completed", "failed", "cancelled"] | None = None
    type: str | None = None
    reason: str | None = Field(None, max_length=4096)
    before: int | None = Field(None, ge=1)
    """Of those of a status or type, the ones whose ``seq`` is below: the ``next`` of the page before."""
    limit: int = Field(MOST_AT_ONCE, ge=1, le=MOST_AT_ONCE)
    """How many jobs a page has."""


def as_map(payload: object) -> dict[str, Any] | None:
    """A payload, which is a map or nothing; older releases of pydantic would make a map of an empty list.

    Raises:
        UsageError: it is something else.
    """
    if payload is None or isinstance(payload, dict):
        return payload
    raise UsageError("body.payload: must be a map")
