"""``/ws`` and ``/ws/events``: every row of the feed, in order, and none twice (requirement H2)."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Any

from starlette.websockets import WebSocket

from statemachine_internal.errors import StoreError

from .conversation import Conversation
from .feed_reader import PAGE
from .greeting import Greetings
from .shown import feed_text
from .station import Station

LINES = 64
"""Rows that are sent before others have their turn: 2 ms."""


class PlainStream(Conversation):
    """One client. ``id`` is that of the last row that was sent to it; ``place`` is that of the next one in ``recent``.

    ``place`` None: what comes next stands in the database alone.
    """

    def __init__(self, websocket: WebSocket, station: Station, greetings: Greetings, after: int | None = None) -> None:
        super().__init__(websocket, (station.rows, station.pulse.beat, station.troubles))
        self._station, self._greetings = station, greetings
        self._epoch = -1
        self._beats = station.pulse.beat.count
        self._greet = True
        self._after = after
        self._pings = 0
        self._problem: str | None = None
        self.id = 0
        self.place: int | None = None

    def heard(self, message: dict[str, Any]) -> None:
        after, type = message.get("after"), message.get("type")
        if after is not None:
            if type not in (None, "after") or not isinstance(after, int) or isinstance(after, bool) or after < 0:
                raise ValueError("'after' is the id of a row")
            self._after = after
        elif type == "refresh":
            self._greet = True
        elif type == "ping":
            self._pings += 1
        else:
            raise ValueError('a client says {"type": "ping"}, {"type": "refresh"} or {"after": id}')

    async def speak(self) -> None:
        """Rows as they come; what the client asked for comes between them."""
        station = self._station
        station.reader.eager += 1
        station.clients["plain"] += 1
        station.pulse.enter()
        try:
            while True:
                self.wake.clear()
                if self._problem != station.reader.problem:
                    await self._say_how_it_stands()
                if self._greet or self._epoch != station.epoch:
                    await self._say_initial()
                while self._pings:
                    self._pings -= 1
                    await self.say("pong", self.id, {})
                if self._after is not None:
                    await self._go_back()
                if self._beats != station.pulse.beat.count:
                    self._beats = station.pulse.beat.count
                    await self.say("ping", self.id, {})
                if await self._send_rows():
                    await station.turns.mine()
                else:
                    await self.wake.wait()
        finally:
            station.reader.eager -= 1
            station.clients["plain"] -= 1
            station.pulse.leave()

    async def _say_initial(self) -> None:
        """All machines, and the id that they are true for. In another database than before the rows begin there too."""
        self._greet = False
        greeting = await self._greetings.greeting(fresh=self._epoch == self._station.epoch)
        if self._epoch != greeting.epoch:
            self._epoch, self.id, self.place = greeting.epoch, greeting.last_id, greeting.place
        await self.send(greeting.text)

    async def _say_how_it_stands(self) -> None:
        """That the database can't be read, and why; once it can, all machines."""
        self._problem = self._station.reader.problem
        if self._problem is None:
            self._greet = True
        else:
            await self.say("unavailable", self.id, {"error": self._problem})

    async def _go_back(self) -> None:
        """Read on from the id that the client has named. One that is yet to come is of another database."""
        after, self._after = self._after, None
        if after is None or after > self._station.reader.last_id:
            self._epoch = -1
            await self._say_initial()
        else:
            self.id, self.place = after, self._station.recent.place_after(after)

    async def _send_rows(self) -> bool:
        """Send what is there, a part of it at a time; returns whether there may be more."""
        recent = self._station.recent
        if self.place is not None and self.place < recent.base:
            self.place = None
            self._station.overflows += 1
            await self.say("overflow", self.id, {}, last_id=self.id)
        if self.place is None:
            return await self._send_page()
        lines = list(islice(recent.since(self.place), LINES))
        for line in lines:
            if self.id < line.row[0]:
                await self.send(line.text)
                self.id = line.row[0]
            self.place += 1
        return self.place < recent.end

    async def _send_page(self) -> bool:
        """Send what stands in the database alone, until the rest stands in ``recent``."""
        after, recent = self.id, self._station.recent
        try:
            rows = await asyncio.to_thread(
                self._station.readings.read, lambda database: database.feed_after(after, PAGE)
            )
        except StoreError:
            return False  # the next ring, or the next beat, tries again
        for begin in range(0, len(rows), LINES):
            for row in rows[begin : begin + LINES]:
                await self.send(feed_text(row))
                self.id = row[0]
            if self._after is not None:  # it wants to hear something else by now
                return True
            await self._station.turns.mine()
        self.place = recent.place_after(self.id) if rows else recent.base
        return True
