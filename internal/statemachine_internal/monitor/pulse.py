"""The monitor's only clock: it ticks while clients are connected, to say so to them and to look for what was missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .bell import Bell

PERIOD = 15.0
"""Seconds."""


class Pulse:
    """Between :meth:`enter` of the first client and :meth:`leave` of the last, ``look`` is called and ``beat`` rung."""

    def __init__(self, look: Callable[[], None], period: float = PERIOD) -> None:
        self.beat = Bell()
        self.clients = 0
        self._look, self._period = look, period
        self._handle: asyncio.TimerHandle | None = None

    def enter(self) -> None:
        self.clients += 1
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_later(self._period, self._tick)

    def leave(self) -> None:
        self.clients -= 1
        if not self.clients:
            self.close()

    def close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _tick(self) -> None:
        self._handle = asyncio.get_running_loop().call_later(self._period, self._tick)
        self._look()
        self.beat.ring()
