"""Events: lists of them."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Depends

from statemachine_internal.store.overview import MONITOR, Overview

from ..answers import Events
from ..described import RESPONSES
from ..paging import Asked, Page, newest_first, oldest_first
from ..parameters import asked
from ..queue_watch import LONGEST
from ..shown import shown
from ..station import Station

Status = Literal["pending", "processed", "ignored", "deferred", "failed"]


def event_routes(station: Station) -> APIRouter:
    """``/api/events``."""
    router = APIRouter(tags=["events"], responses=RESPONSES)

    @router.get("/api/events", response_model=Events)
    def events(
        part: Asked = Depends(asked),
        target: str | None = None,
        source: str | None = None,
        type: str | None = None,
        status: Status | None = None,
        job_id: str | None = None,
    ) -> dict[str, Any]:
        """Events that match, and what became of them."""

        def found(database: Overview) -> Page:
            down = part.after is None
            sql = MONITOR.events_down if down else MONITOR.events_up
            search = newest_first if down else oldest_first
            given = (target, source, type, status, job_id, LONGEST)
            return search(
                part, database.event_ends(), lambda begin, stop, n: database.rows(sql, begin, stop, *given, n)
            )

        page = station.readings.read_or(Page(), found)
        return {"items": [shown(row) for row in page.rows], "next": page.next}

    return router
