"""What all clients of the monitor share: one reader of the feed, one picture of the machines, one beat.

::

    FeedReader ─ rows ─┬─▶ Recent ── rung ──▶ the plain streams, each at its own place
                       ├─▶ Picture ◀─ settle ─ who looks: /api/machines, `initial`, the beat
                       └─▶ Ticks ── beat ──▶ the pages' streams
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from statemachine_internal.errors import StoreError
from statemachine_internal.feed.follow import Follower
from statemachine_internal.service.logging import get_logger
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.overview import FeedTuple, Overview

from .bell import Bell
from .feed_reader import FeedReader, Hear
from .metrics import LOOKED_UP_AT_ONCE, Tally, looked_up
from .picture import Picture
from .pulse import Pulse
from .recent import Recent
from .settings import Settings
from .source import Readings, Source
from .turns import Turns

T = TypeVar("T")

AT_ONCE = 40
"""Machines that are read at once: 1 ms."""
ENTRIES_PAGE = 20_000
"""Rows of the feed that are searched at once for the time when a machine came into its state."""


class Station:
    """Works from :meth:`start` to :meth:`close`, on the event loop; ``readings`` is for threads."""

    def __init__(self, settings: Settings, follower: Follower | None) -> None:
        self.settings = settings
        self.readings = Readings(settings.database)
        self.recent = Recent()
        self.picture = Picture()
        self.tally = Tally()
        self.clients = {"plain": 0, "ui": 0}
        self.overflows = 0
        self.turns = Turns()
        self.rows = Bell()  # rung with new rows
        self.troubles = Bell()  # rung when the database can't be read any more, and when it can
        self.on_stir: list[Callable[[], None]] = []  # called with anything that may have changed
        self.on_rows: list[Hear] = []  # called with the rows, or with none where a change brought none
        self.on_begin: list[Callable[[], None]] = []  # called when another database begins
        self.epoch = 0  # grows when another database begins
        self.pulse = Pulse(self.look)
        self.reader = FeedReader(
            Source(settings.database),
            follower,
            hear=self._hear,
            begin=self._begin,
            lost=self._lost,
            told=self.troubles.ring,
        )
        self.picture.on_death = self._stir
        self._settling = asyncio.Lock()
        self._search: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._number = 0
        self._log = get_logger()

    def start(self) -> None:
        """Begin to follow."""
        self.reader.start()

    def close(self) -> None:
        for task in (self._search, self._looking):
            if task is not None:
                task.cancel()
        self.pulse.close()
        self.reader.close()
        self.picture.close()
        self.readings.close()

    def look(self) -> None:
        """The slow look, while somebody watches: at what nobody was told of."""
        self.picture.look_at_all()
        self.reader.look()
        self._stir()

    def settle(self) -> int:
        """Bring the picture up to date; returns the id of the feed that it is true for.

        Raises:
            StoreError: the database can't be read. Where there is none, nothing is in the picture.
        """
        try:
            database = self.reader.catch_up()
        except NoDatabase:
            return 0
        self._number += 1
        self.picture.settle(database, self._number)
        return self.reader.last_id

    async def settle_gently(self) -> int:
        """The same, with others served in between: many machines take some milliseconds."""
        async with self._settling:  # one number is not given out for two
            try:
                database = self.reader.catch_up()
            except NoDatabase:
                return 0
            self._number += 1
            while self.picture.settle(database, self._number, AT_ONCE):
                await self.turns.mine()
                database = self.reader.database()
            return self.reader.last_id

    async def reading(self, work: Callable[[Overview], T]) -> T:
        """What ``work`` finds in the database, read in a thread."""
        return await asyncio.to_thread(self.readings.read, work)

    def lag(self) -> int:
        """How many rows of the feed are there that were not read."""
        _, last = self.reader.database().feed_ends()
        return max(0, last - self.reader.last_id)

    async def look_up(self) -> None:
        """Look up the times of the events and jobs that the feed has named."""
        while self.tally.waiting:
            events, jobs = self.tally.taken()
            try:
                found = await self.reading(partial(looked_up, events=events, jobs=jobs))
            except StoreError:
                return
            self.tally.add(*found)

    @property
    def number(self) -> int:
        """That of the last ``settle``."""
        return self._number

    def _hear(self, rows: list[FeedTuple]) -> None:
        self.picture.hear(rows)
        self.tally.hear(rows)
        if self.tally.waiting > LOOKED_UP_AT_ONCE and (self._looking is None or self._looking.done()):
            self._looking = asyncio.get_running_loop().create_task(self.look_up())
        for listener in self.on_rows:
            listener(rows)
        if rows:
            self.recent.add(rows)
            self.rows.ring()
        self._stir()

    def _begin(self, database: Overview) -> None:
        if not self.reader.from_nothing:
            self.epoch += 1
        self._forget()
        first, last = database.feed_ends()
        self._search = asyncio.get_running_loop().create_task(self._search_entries(first, last))
        self.rows.ring()
        self._stir()

    def _lost(self) -> None:
        self.epoch += 1
        self._forget()
        self._number += 1
        self.picture.clear(self._number)
        self.rows.ring()
        self._stir()

    def _forget(self) -> None:
        self.picture.forget()
        self.recent.forget()
        for listener in self.on_begin:
            listener()
        if self._search is not None:
            self._search.cancel()

    def _stir(self) -> None:
        for listener in self.on_stir:
            listener()

    async def _search_entries(self, first: int, last: int) -> None:
        """Find out, page by page and from the newest row back, since when each machine is in its state."""
        try:
            while last >= first:
                begin = max(first, last - ENTRIES_PAGE + 1)
                found = await self.reading(partial(Overview.entries, first=begin, last=last))
                self.picture.entered_before(found)
                self._stir()
                last = begin - 1
                self.settle()
                if not self.picture.without_entry():
                    return
        except StoreError as error:
            self._log.warning("the history could not be searched", error=str(error))
