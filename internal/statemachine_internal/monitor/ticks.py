"""Twenty times a second at most, and only when something has changed: the beat of the pages' stream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

BEAT = 0.05
"""Seconds."""


class Ticks:
    """Calls ``tick`` after :meth:`stir`: at once if the last call is a beat ago, else when it will be."""

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self._last = 0.0
        self._beat = BEAT
        self._handle: asyncio.TimerHandle | None = None

    def stir(self) -> None:
        if self._handle is None:
            loop = asyncio.get_running_loop()
            self._handle = loop.call_at(max(loop.time(), self._last + self._beat), self._run)

    @property
    def beat(self) -> float:
        """Seconds that a beat lasts now."""
        return self._beat

    def pace(self, seconds: float) -> None:
        """Let a beat last at least so long from now on."""
        self._beat = max(BEAT, seconds)

    def close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _run(self) -> None:
        self._handle = None
        self._last = asyncio.get_running_loop().time()
        self._tick()
