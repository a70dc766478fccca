"""The beat of the pages' streams: at each one the picture is settled once, and each kind of frame is made once.

::

    Station ─ stir ─▶ Ticks ─ 20 Hz at most ─▶ Hub: settle, read the queue ─ ticked ─▶ every page takes its frame
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass
from itertools import islice

from statemachine_internal.errors import StoreError
from statemachine_internal.store.overview import Overview

from .bell import Bell
from .paging import Asked
from .parameters import feed_page
from .queue_watch import QueueWatch
from .recent import FeedLine
from .station import Station
from .ticks import BEAT, Ticks
from .ui_frames import ACTIVITY, MOST, TRANSITIONS, FrameBuilder, Shown

SHARE = 10
"""A beat lasts at least as many times as long as the reading for it, so that reading never fills the loop."""
_SLOW_TOPICS = frozenset({"jobs", "messages"})


@dataclass(kw_only=True)
class View:
    """What a page shows, and what it has seen: up to the beat ``number``, and the rows before ``place``."""

    shown: Shown
    epoch: int
    number: int
    place: int


class Hub:
    """The beats; ``ticked`` is rung at each."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.ticked = Bell()
        self._queue = QueueWatch(station.readings)
        self._ticks = Ticks(self._begin_tick)
        self._clients = 0
        self._slow_topics = False
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._frames: dict[tuple[Shown, int, int], str | None] = {}
        self._ticked = -BEAT  # when the last beat was over
        self._epoch = 0
        self._number = 0
        self._place = 0
        self._last_id = 0
        station.on_stir.append(self._stir)
        station.on_rows.append(self._queue.hear)
        station.on_begin.append(self._queue.forget)

    def enter(self) -> None:
        self._clients += 1

    def leave(self) -> None:
        self._clients -= 1
        if not self._clients:
            self._slow_topics = False
            self._queue.rest()

    def close(self) -> None:
        self._ticks.close()
        for each in (self._later, self._task):
            if each is not None:
                each.cancel()

    async def first(self, shown: Shown, after: int | None) -> tuple[View, str]:
        """The frame that a page begins with: all that it shows, and the rows behind an id, if it names one."""
        slow_topics = self._slow_topics or bool(_SLOW_TOPICS & shown.topics)
        if slow_topics == self._slow_topics and asyncio.get_running_loop().time() < self._ticked + self._ticks.beat:
            self._ticks.stir()  # what was a beat ago will do for now
        else:
            self._slow_topics = slow_topics
            await self._tick()
        view = View(shown=shown, epoch=self._epoch, number=self._number, place=self._place)
        number, place, last_id = self._number, self._place, self._last_id
        lines, skipped = await self._missed(after, place, last_id)
        await self.station.turns.mine()
        builder = FrameBuilder(shown, last_id, full=True, caught_up=not self.station.reader.behind)
        builder.machines(self.station.picture, None)
        builder.rows(lines, skipped)
        builder.jobs([], self._queue.counts)
        text = builder.text()
        view.number = number
        return view, text or ""

    def frame(self, view: View) -> str | None:
        """What a page has not seen yet; None if there is nothing of it."""
        if view.number == self._number:
            return None
        full = view.epoch != self._epoch or view.number < self._queue.lost
        key = (view.shown, -1 if full else view.number, view.place)
        if key not in self._frames:
            self._frames[key] = self._made(view, full)
        view.epoch, view.number, view.place = self._epoch, self._number, self._place
        return self._frames[key]

    def _made(self, view: View, full: bool) -> str | None:
        picture, recent, queue = self.station.picture, self.station.recent, self._queue
        since = None if full else view.number
        builder = FrameBuilder(view.shown, self._last_id, full=full, caught_up=not self.station.reader.behind)
        builder.machines(picture, since)
        begin = max(view.place, recent.base)
        lines = islice(recent.since(begin), max(0, self._place - begin))
        builder.rows(lines, 0 if full else begin - view.place)
        number = view.number
        builder.jobs(queue.jobs_since(number), queue.counts if queue.counts_changed > number else None)
        has = view.shown.has
        builder.messages([text for source, to, text in queue.messages_since(number) if has(source) or has(to)])
        builder.removed(picture.removed_since(number), queue.removed_since(number))
        return builder.text()

    async def _missed(self, after: int | None, place: int, last_id: int) -> tuple[list[FeedLine], int]:
        """The newest rows behind an id, and how many more there are."""
        if after is None or after >= last_id:
            return [], 0
        begin = self.station.recent.place_after(after)
        if begin is not None:
            return list(islice(self.station.recent.since(begin), max(0, place - begin))), 0
        with contextlib.suppress(StoreError):
            lines = await asyncio.to_thread(
                self.station.readings.read, lambda database: _newest(database, after, last_id)
            )
            return lines, lines[0].row[0] - after - 1 if len(lines) == MOST else 0
        return [], last_id - after

    def _stir(self) -> None:
        if self._clients:
            self._ticks.stir()

    def _begin_tick(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._tick())
        else:
            self._task.add_done_callback(lambda _: self._stir())

    async def _tick(self) -> None:
        async with self._lock:
            while True:
                epoch = self.station.epoch
                number = await self._read()
                if epoch == self.station.epoch:
                    break  # else another database began meanwhile, and half of what was read is of the old one
            self._epoch, self._number = epoch, number
            self._place = self.station.recent.end
            self._last_id = self.station.reader.last_id
            self._ticked = asyncio.get_running_loop().time()
            self._frames.clear()
        self.ticked.ring()

    async def _read(self) -> int:
        """Read what has changed; returns the number that it carries."""
        # A database that can't be read now is read at the next beat; what is there stays.
        with contextlib.suppress(StoreError):
            began = time.monotonic()
            await self.station.settle_gently()
            self._ticks.pace(SHARE * (time.monotonic() - began))
        number = self.station.number  # that of a later one may not be settled yet when the queue is read
        if self._slow_topics:
            await self._queue.look(number)
            if self._later is not None:
                self._later.cancel()
            wait = self._queue.next_look
            self._later = None if wait is None else asyncio.get_running_loop().call_later(wait, self._stir)
        return number


def _newest(database: Overview, after: int, last_id: int) -> list[FeedLine]:
    types = json.dumps(sorted(TRANSITIONS | ACTIVITY))
    page = feed_page(database, Asked(limit=MOST, before=last_id + 1), types=types, since_id=after + 1)
    lines = [
        FeedLine((row["id"], row["machine_name"], row["type"], row["payload"], row["event_id"], row["created"]))
        for row in reversed(page.rows)
    ]
    for line in lines:
        line.make()  # here in the thread, and not on the loop
    return lines
