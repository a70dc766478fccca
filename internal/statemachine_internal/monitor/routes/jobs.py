"""Jobs: lists, counts, and one with its history."""

from __future__ import annotations

import json
from typing import Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException

from statemachine_internal.store.overview import MONITOR, Overview

from ..answers import JobCounts, JobDetails, Jobs
from ..described import NOT_FOUND, RESPONSES
from ..moments import now
from ..paging import Asked, Page, newest_first, oldest_first
from ..parameters import asked, feed_page
from ..queue_watch import LONGEST, STATUSES, counted
from ..shown import feed_item, shown
from ..station import Station

WHOLE = 2**40
"""No payload is longer."""
HISTORY = 200
SEARCHED = 0.5
"""Seconds that a job's history is searched for."""
Status = Literal["pending", "scheduled", "processing", "completed", "failed", "cancelled"]


def job_routes(station: Station) -> APIRouter:
    """``/api/jobs``, ``/api/jobs/counts`` and ``/api/jobs/{id}``."""
    router = APIRouter(tags=["jobs"], responses=RESPONSES)
    read = station.readings.read

    @router.get("/api/jobs", response_model=Jobs)
    def jobs(
        part: Asked = Depends(asked),
        status: Status | None = None,
        type: str | None = None,
        machine: str | None = Query(None, description="that works on it"),
    ) -> dict[str, Any]:
        """Jobs that match."""

        def found(database: Overview) -> Page:
            down = part.after is None
            sql = MONITOR.jobs_down if down else MONITOR.jobs_up
            search = newest_first if down else oldest_first
            moment = now()
            return search(
                part,
                database.job_ends(),
                lambda begin, stop, n: database.rows(sql, begin, stop, moment, status, type, machine, LONGEST, n),
                "seq",
            )

        page = station.readings.read_or(Page(), found)
        return {"items": [shown(row) for row in page.rows], "next": page.next}

    @router.get("/api/jobs/counts", response_model=JobCounts)
    def counts() -> dict[str, int]:
        """How many jobs there are in each status."""
        return station.readings.read_or(dict.fromkeys(STATUSES, 0), lambda database: counted(database, now()))

    # An id may have slashes in it.
    @router.get("/api/jobs/{id:path}", response_model=JobDetails)
    def job(id: str) -> dict[str, Any]:
        """A job, and what the feed says of it."""
        return read(lambda database: details(database, id))

    return router


def one_job(database: Overview, id: str) -> dict[str, Any]:
    """A job, whole.

    Raises:
        HTTPException: there is none.
    """
    rows = database.rows(MONITOR.jobs_named, json.dumps([id]), now(), WHOLE)
    if not rows:
        raise HTTPException(NOT_FOUND, f"there is no job '{id[:256]}'; see: statemachine-db list")
    return rows[0]


def details(database: Overview, id: str) -> dict[str, Any]:
    row = one_job(database, id)
    begun = database.id_at(row["created"] - 1)
    page = feed_page(database, Asked(limit=HISTORY, longest=SEARCHED), job=id, since_id=begun)
    return {**shown(row), "history": [feed_item(item) for item in page.rows]}
