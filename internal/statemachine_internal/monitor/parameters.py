"""The parameters that routes have in common, with their bounds."""

from __future__ import annotations

from fastapi import Query
from starlette.exceptions import HTTPException

from statemachine_internal.store.overview import MONITOR, Overview

from .described import BAD_REQUEST
from .paging import Asked, Page, newest_first, oldest_first

ID_MAX = 2**62
LIMIT = 100
LIMIT_MAX = 1000


def asked(
    limit: int = Query(LIMIT, ge=1, le=LIMIT_MAX),
    before: int | None = Query(None, ge=0, le=ID_MAX, description="newest first, from before this one on"),
    after: int | None = Query(None, ge=0, le=ID_MAX, description="oldest first, from behind this one on"),
) -> Asked:
    """Which part of a list is wanted."""
    if before is not None and after is not None:
        raise HTTPException(BAD_REQUEST, "give 'before' or 'after', not both")
    return Asked(limit=limit, before=before, after=after)


def feed_page(
    database: Overview,
    part: Asked,
    *,
    machine: str | None = None,
    types: str | None = None,
    level: str | None = None,
    job: str | None = None,
    until: int | None = None,
    since_id: int = 0,
) -> Page:
    """A page of the feed. ``types`` is a JSON list, ``until`` a stored time, ``since_id`` where the search may end."""
    first, last = database.feed_ends()
    ends = (max(first, since_id), last)
    down = part.after is None
    sql = MONITOR.feed_down if down else MONITOR.feed_up
    search = newest_first if down else oldest_first
    return search(
        part, ends, lambda begin, stop, n: database.rows(sql, begin, stop, machine, types, level, job, until, n)
    )
