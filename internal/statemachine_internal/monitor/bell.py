"""Wakes all who wait for the same thing; each has an event of its own, so that one task can wait for several bells."""

from __future__ import annotations

import asyncio


class Bell:
    """``count`` says how often it was rung, for those who want to know which bell it was."""

    __slots__ = ("_events", "count")

    def __init__(self) -> None:
        self.count = 0
        self._events: set[asyncio.Event] = set()

    def wake(self, event: asyncio.Event) -> None:
        """From now on set this event at each ring."""
        self._events.add(event)

    def let_be(self, event: asyncio.Event) -> None:
        self._events.discard(event)

    def ring(self) -> None:
        self.count += 1
        for event in self._events:
            event.set()
