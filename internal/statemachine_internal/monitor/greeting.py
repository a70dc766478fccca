"""What a client is greeted with: all machines, and from where its rows go on. Made once for all who come at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from statemachine_internal.errors import StoreError

from .moments import iso, now
from .shown import encode
from .station import Station
from .ticks import BEAT

SHARE = 10
"""A greeting is used for as many times as long as it took to make it, so that making them never fills the loop."""


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """``initial``, and the place in ``recent`` of the first row that it doesn't know of."""

    epoch: int
    last_id: int
    place: int
    began: float
    until: float
    text: str


class Greetings:
    """The greeting of now, or of a moment ago."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._newest: Greeting | None = None
        self._lock = asyncio.Lock()

    async def greeting(self, *, fresh: bool = False) -> Greeting:
        """The greeting for a client; what it doesn't say yet comes as rows.

        One that is ``fresh`` was made after it was asked for: of a machine that is gone there is no row.
        """
        clock = asyncio.get_running_loop().time
        since = clock() if fresh else 0.0
        if fresh and self._newest is not None and self._newest.epoch == self._station.epoch:
            await asyncio.sleep(self._newest.until - since)
        async with self._lock:
            found = self._newest
            if found is None or found.epoch != self._station.epoch or found.until < clock() or found.began < since:
                found = self._newest = await self._made()
            return found

    async def _made(self) -> Greeting:
        station, clock, problem = self._station, asyncio.get_running_loop().time, None
        began = clock()
        station.picture.stir()
        try:
            last_id = await station.settle_gently()
        except StoreError as error:
            last_id, problem = station.reader.last_id, str(error)
        text = _initial(last_id, station.picture.texts(), problem)
        return Greeting(
            epoch=station.epoch,
            last_id=last_id,
            place=station.recent.end,
            began=began,
            until=clock() + max(BEAT, SHARE * (clock() - began)),
            text=text,
        )


def _initial(last_id: int, machines: list[str], problem: str | None) -> str:
    error = "" if problem is None else f'"error":{encode(problem)},'
    payload = f'{{{error}"machines":[{",".join(machines)}],"last_id":{last_id}}}'
    return f'{{"id":{last_id},"type":"initial","machine_name":"","payload":{payload},"timestamp":"{iso(now())}"}}'
