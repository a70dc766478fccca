"""The watchdog's food, and what rides along with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from statemachine_internal.service.notify import Notifier


class Watchdog:
    """Pings systemd from the loop that makes transitions, and from nothing else, if systemd waits for that.

    Each ping calls ``wake`` too: the backstop for a lost doorbell.
    """

    def __init__(self, notifier: Notifier, loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
        self._notifier, self._loop, self._wake = notifier, loop, wake
        self._timer: asyncio.TimerHandle | None = None
        if (interval := notifier.watchdog_interval()) is not None:
            self._tick(interval)

    def close(self) -> None:
        """Ping no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self, interval: float) -> None:
        self._notifier.watchdog()
        self._wake()
        self._timer = self._loop.call_later(interval, self._tick, interval)
