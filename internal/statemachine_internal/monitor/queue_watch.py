"""What changes in the queue, and what machines send each other: read at the beat, for the pages that show it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from typing import TypeVar

from statemachine_internal.errors import StoreError
from statemachine_internal.store.listing import LISTING
from statemachine_internal.store.overview import MONITOR, FeedTuple, Overview, Row

from .message_watch import Known, news_since
from .moments import SECOND, now
from .shown import encode, shown
from .source import Readings

LONGEST = 4096
"""Characters of a payload or result that goes with a row in a list; a longer one is asked for by its id."""
JOBS_AT_ONCE = 200
KEPT = 4000
"""Things found that are kept for pages that take their frames late: of jobs, of messages, and of jobs removed."""
TO_COME = 1000
"""Scheduled jobs whose time is waited for, the next ones."""
STATUSES = ("pending", "scheduled", "processing", "completed", "failed", "cancelled")
PROGRESS_EVERY = 1.0
"""Seconds between two looks at the progress of jobs, and at the numbers of jobs, which takes a look at each of them."""

T = TypeVar("T")


class QueueWatch:
    """Jobs that changed and messages that came or changed, each with the number of the beat that found it.

    ``lost`` is the last number of which something is not there any more, as more came after it than is kept.
    """

    def __init__(self, readings: Readings) -> None:
        self.counts: str | None = None
        self.counts_changed = 0
        self.lost = 0
        self._readings = readings
        self._jobs: deque[tuple[int, tuple[str, str]]] = deque()  # number; id, text
        self._messages: deque[tuple[int, tuple[str, str, str]]] = deque()  # number; source, target, text
        self._removed: deque[tuple[int, str]] = deque()
        self._touched: dict[str, None] = {}
        self._to_come: list[Row] = []
        self._last_text: dict[str, str] = {}
        self._known = Known()
        self._counted = 0.0
        self._stale = True
        self._generation = 0

    def hear(self, rows: list[FeedTuple]) -> None:
        """Take note of the jobs that rows of the feed are about."""
        for _, _, type, payload, _, _ in rows:
            if type.startswith("job_"):
                id = json.loads(payload).get("job_id")
                if isinstance(id, str):
                    self._touched[id] = None
                    self._stale = True
        if not rows:
            self._stale = True

    def forget(self) -> None:
        """Another database begins."""
        self.rest()
        for found in (self._jobs, self._messages, self._removed):
            found.clear()
        self._touched.clear()
        self._to_come = []
        self._last_text.clear()
        self._stale = True

    def rest(self) -> None:
        """Nobody looks any more: which messages are open is read anew once somebody does."""
        self._generation += 1
        self._known = Known()

    async def look(self, number: int) -> None:
        """Read what has changed, in a thread; what is found carries the number."""
        loop_time, generation = asyncio.get_running_loop().time(), self._generation
        count = self._stale and loop_time - self._counted >= PROGRESS_EVERY
        touched = list(self._touched)[:JOBS_AT_ONCE]
        for id in touched:
            del self._touched[id]
        try:
            found, (known, messages) = await asyncio.to_thread(
                self._readings.read,
                lambda database: (
                    _found(database, touched, self._to_come, count),
                    news_since(database, self._known, LONGEST),
                ),
            )
        except StoreError:
            if generation == self._generation:
                self._touched = dict.fromkeys(touched) | self._touched
            return
        if generation != self._generation:  # it was found in the database before, or for nobody
            return
        self._known = known
        self._take_jobs(number, touched, found.jobs)
        for row in messages:
            self._keep(self._messages, number, (row["source"], row["target"], encode(shown(row))))
        if found.counts is not None:
            self._counted, self._stale = loop_time, False
            text = encode(found.counts)
            if text != self.counts:
                self.counts, self.counts_changed = text, number
        self._to_come = found.to_come
        if found.due:
            self._touched.update(dict.fromkeys(found.due))
            self._stale = True

    @property
    def next_look(self) -> float | None:
        """Seconds until there is more to look at, although nobody rings."""
        if self._stale or self._touched:
            return PROGRESS_EVERY
        if self._to_come:
            due: int = self._to_come[0]["run_after"]
            return max(0, due - now()) / SECOND
        return None

    def jobs_since(self, number: int) -> list[str]:
        return list(dict(_since(self._jobs, number)).values())

    def removed_since(self, number: int) -> list[str]:
        return _since(self._removed, number)

    def messages_since(self, number: int) -> list[tuple[str, str, str]]:
        """Source, target and text of each."""
        return _since(self._messages, number)

    def _keep(self, found: deque[tuple[int, T]], number: int, what: T) -> None:
        found.append((number, what))
        if len(found) > KEPT:
            self.lost = max(self.lost, found.popleft()[0])

    def _take_jobs(self, number: int, touched: list[str], rows: list[Row]) -> None:
        for row in rows:
            text = encode(shown(row))
            if self._last_text.get(row["id"]) != text:
                self._last_text[row["id"]] = text
                self._keep(self._jobs, number, (row["id"], text))
        while len(self._last_text) > KEPT:
            del self._last_text[next(iter(self._last_text))]
        there = {row["id"] for row in rows}
        for id in touched:
            if id not in there:
                self._keep(self._removed, number, id)


def _since(found: deque[tuple[int, T]], number: int) -> list[T]:
    return [what for at, what in found if at > number]


def counted(database: Overview, moment: int) -> dict[str, int]:
    """How many jobs there are in each status."""
    found = {row["status"]: row["number"] for row in database.rows(LISTING.jobs_by_status, moment)}
    return {status: found.get(status, 0) for status in STATUSES}


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Jobs; their numbers, if those were wanted; the scheduled ones that are to come, and those whose time came."""

    jobs: list[Row]
    counts: dict[str, int] | None
    to_come: list[Row]
    due: list[str]


def _found(database: Overview, touched: list[str], to_come: list[Row], count: bool) -> _Found:
    ids, moment = list(touched), now()
    if count:
        ids += [row["id"] for row in database.rows(MONITOR.jobs_at_work)][:JOBS_AT_ONCE]
    return _Found(
        jobs=database.rows(MONITOR.jobs_named, json.dumps(ids), moment, LONGEST) if ids else [],
        counts=counted(database, moment) if count else None,
        to_come=database.rows(MONITOR.jobs_to_come, moment, TO_COME),
        due=[row["id"] for row in to_come if row["run_after"] <= moment],
    )
