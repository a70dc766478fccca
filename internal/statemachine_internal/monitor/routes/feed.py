"""The feed: a machine's history, the activity log, and where machines were at a time."""

from __future__ import annotations

import json
import time
from typing import Any

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException

from statemachine_internal.store.overview import MONITOR, Overview

from ..answers import FeedItems, MachinesThen, StateThen
from ..described import BAD_REQUEST, NOT_FOUND, RESPONSES, UNAVAILABLE
from ..moments import iso, stored
from ..paging import WINDOW, Asked, Page
from ..parameters import ID_MAX, asked, feed_page
from ..shown import feed_item, value_of
from ..station import Station
from .machines import unknown

ENTERS = json.dumps(["state_change"])
DESCRIBES = json.dumps(["machine_registered"])
ACTIVITY = json.dumps(["activity_log", "error"])
PATIENCE = 2.0
"""Seconds that a search for where machines were may take."""
MARGIN = 10_000_000
"""Microseconds that a row may stand behind one that is younger."""


def feed_routes(station: Station) -> APIRouter:
    """History, activity, and the past."""
    router = APIRouter(tags=["history"], responses=RESPONSES)
    read = station.readings.read

    @router.get("/api/machines/{machine}/history", response_model=FeedItems)
    def history(
        machine: str, part: Asked = Depends(asked), type: list[str] | None = Query(None, max_length=20)
    ) -> dict[str, Any]:
        """What happened in a machine: rows of the feed, of these types or of all."""

        def found(database: Overview) -> Page:
            _known(database, machine)
            return feed_page(database, part, machine=machine, types=json.dumps(type) if type else None)

        return _items(read(found))

    @router.get("/api/activity", response_model=FeedItems)
    def activity(part: Asked = Depends(asked), machine: str | None = None, level: str | None = None) -> dict[str, Any]:
        """What machines and senders said, and errors."""
        return _items(
            station.readings.read_or(
                Page(), lambda database: feed_page(database, part, machine=machine, types=ACTIVITY, level=level)
            )
        )

    @router.get("/api/machines/{machine}/at", response_model=StateThen)
    def at(
        machine: str,
        time: str | None = Query(None, description="an ISO time"),
        id: int | None = Query(None, ge=0, le=ID_MAX, description="the id of a row of the feed"),
    ) -> dict[str, Any]:
        """Where a machine was at a time, or when a row of the feed was written."""
        if (time is None) == (id is None):
            raise HTTPException(BAD_REQUEST, "give 'time' or 'id'")
        until = None if time is None else _moment(time)

        def found(database: Overview) -> dict[str, Any]:
            _known(database, machine)
            # Rows stand nearly in the order of their times: a transaction's time is taken before it waits for its turn.
            end = id if id is not None else database.id_at((until or 0) + MARGIN)
            entry, complete = _last(database, machine, ENTERS, end, until)
            if not complete:
                raise HTTPException(
                    UNAVAILABLE,
                    f"machine '{machine[:64]}' changed so long before that, that {PATIENCE:g} s of searching did not "
                    "find it; statemachine-db transition-history searches for as long as it takes",
                )
            if entry is None:
                raise HTTPException(NOT_FOUND, f"nothing is known of machine '{machine[:64]}' from before that")
            payload = value_of(entry["payload"])
            described, _ = _last(database, machine, DESCRIBES, end, until)
            return {
                "state": str(payload.get("to", "")),
                "entered": iso(entry["created"]),
                "id": entry["id"],
                "definition_hash": None if described is None else value_of(described["payload"]).get("definition"),
            }

        return read(found)

    @router.get("/api/at", response_model=MachinesThen)
    def all_at(time: str = Query(description="an ISO time")) -> dict[str, Any]:
        """Where all machines were at a time."""
        until = _moment(time)

        def found(database: Overview) -> dict[str, Any]:
            end = database.id_at(until)
            machines, complete = _places(database, end - 1)
            return {"machines": machines, "id": end - 1, "complete": complete}

        return station.readings.read_or({"machines": [], "id": 0, "complete": True}, found)

    return router


def _items(page: Page) -> dict[str, Any]:
    return {"items": [feed_item(row) for row in page.rows], "next": page.next}


def _known(database: Overview, machine: str) -> None:
    if not database.rows(MONITOR.machine, machine):
        raise unknown(machine)


def _moment(text: str) -> int:
    try:
        return stored(text)
    except ValueError as error:
        raise HTTPException(BAD_REQUEST, str(error)) from None


def _last(
    database: Overview, machine: str, types: str, end: int, until: int | None
) -> tuple[dict[str, Any] | None, bool]:
    """The newest row of these types up to an id, and not after a time; False with it: the time was over before."""
    part: Asked = Asked(limit=1, before=min(end, ID_MAX) + 1)
    deadline = time.monotonic() + PATIENCE
    while True:
        page = feed_page(database, part, machine=machine, types=types, until=until)
        if page.rows or page.next is None:
            return (page.rows[0] if page.rows else None), True
        if time.monotonic() > deadline:
            return None, False
        part = Asked(limit=1, before=page.next)


def _places(database: Overview, end: int) -> tuple[list[dict[str, Any]], bool]:
    """Each machine's last entry up to an id; False with it: the time was over before.

    It is searched window by window, until no machine is left that could have one.
    """
    first, _ = database.feed_ends()
    names = {row["name"] for row in database.rows(MONITOR.names)}
    found: dict[str, dict[str, Any]] = {}
    deadline = time.monotonic() + PATIENCE
    while not (complete := end < first or names <= found.keys()) and time.monotonic() < deadline:
        begin = max(first, end - WINDOW + 1)
        for row in database.entries(begin, end):
            found.setdefault(
                row["name"], {"name": row["name"], "state": str(row["state"]), "entered": iso(row["created"])}
            )
        end = begin - 1
    return [found[name] for name in sorted(found)], complete
