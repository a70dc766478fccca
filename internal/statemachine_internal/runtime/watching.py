"""A machine that waits for another machine's state looks again when the feed moves, for as long as it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from statemachine_internal.feed.follow import Follower
from statemachine_internal.runtime.live import Live, Phase


class FeedWatch:
    """Follows the feed only while the machine is parked for another one; an idle machine is never woken by it."""

    def __init__(self, machine: str, loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
        self._machine, self._loop, self._wake = machine, loop, wake
        self._follower: Follower | None = None

    def observe(self, live: Live) -> None:
        """Start or stop following, as the machine's wait demands."""
        wanted = live.phase is Phase.PARKED and live.waits_for is not None and "machine" in live.waits_for
        if wanted and self._follower is None:
            self._follower = Follower(self._machine)
            self._loop.add_reader(self._follower.fileno(), self._moved)
            self._wake()  # it may have moved between the look and now
        elif not wanted:
            self.close()

    def close(self) -> None:
        """Follow no more."""
        if self._follower is not None:
            self._loop.remove_reader(self._follower.fileno())
            self._follower.close()
            self._follower = None

    def _moved(self) -> None:
        if self._follower is not None and self._follower.drain():
            self._wake()
