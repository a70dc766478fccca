"""A page of a long list that no index serves: searched window by window, for a bounded time.

A page that has come to the end of its time is shorter than asked, and says where to go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from statemachine_internal.store.overview import Row

WINDOW = 20_000
"""Rows that are looked at by one select: 10 ms."""
LONGEST = 0.08
"""Seconds."""

Fetch = Callable[[int, int, int], list[Row]]
"""First id, the id behind the last, and how many rows at most."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What part of a list is wanted: behind ``after``, oldest first, else before ``before``, newest first."""

    limit: int
    before: int | None = None
    after: int | None = None
    longest: float = LONGEST


@dataclass(kw_only=True)
class Page:
    """Rows, and the id to go on from; None at the end of the list."""

    rows: list[Row] = field(default_factory=list)
    next: int | None = None


def newest_first(asked: Asked, ends: tuple[int, int], fetch: Fetch, key: str = "id") -> Page:
    """The page before ``asked.before``."""
    first, last = ends
    page = Page()
    stop = last + 1 if asked.before is None else min(asked.before, last + 1)
    deadline = time.monotonic() + asked.longest
    while stop > first:
        begin = max(first, stop - WINDOW)
        page.rows += fetch(begin, stop, asked.limit - len(page.rows))
        stop = begin
        if len(page.rows) >= asked.limit:
            stop = page.rows[-1][key]
            break
        if time.monotonic() > deadline:
            break
    page.next = stop if stop > first else None
    return page


def oldest_first(asked: Asked, ends: tuple[int, int], fetch: Fetch, key: str = "id") -> Page:
    """The page behind ``asked.after``; its ``next`` is an ``after``."""
    first, last = ends
    page = Page()
    begin = max(first, (asked.after or 0) + 1)
    deadline = time.monotonic() + asked.longest
    while begin <= last:
        stop = min(last + 1, begin + WINDOW)
        page.rows += fetch(begin, stop, asked.limit - len(page.rows))
        begin = stop
        if len(page.rows) >= asked.limit:
            begin = page.rows[-1][key] + 1
            break
        if time.monotonic() > deadline:
            break
    page.next = begin - 1 if begin <= last else None
    return page
