"""A machine that waits for another one looks again when the feed speaks of that one, for as long as it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from statemachine_internal.control.addresses import RuntimeDirError
from statemachine_internal.errors import StoreError
from statemachine_internal.feed.follow import Follower
from statemachine_internal.runtime.live import Live, Machine, Phase


class FeedWatch:
    """Follows the feed only while the machine is parked for another one; an idle machine is never woken by it.

    Where the feed can't be followed the machine lives on: what wakes it then is its deadline, or the watchdog's tick.
    """

    def __init__(self, machine: Machine, loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
        self._machine, self._loop, self._wake = machine, loop, wake
        self._follower: Follower | None = None
        self._other = ""  # the machine that it waits for
        self._seen = 0  # the id up to which the feed was read
        self._complained = False

    def observe(self, live: Live) -> None:
        """Start or stop following, as the machine's wait demands."""
        if live.phase is not Phase.PARKED or live.waits_for is None or "machine" not in live.waits_for:
            self.close()
            return
        self._other = str(live.waits_for["machine"])
        if self._follower is None and (follower := self._opened()) is not None:
            self._follower = follower
            self._seen = 0
            self._loop.add_reader(follower.fileno(), self._moved)
            self._wake()  # it may have moved between the look and now

    def close(self) -> None:
        """Follow no more."""
        if self._follower is not None:
            self._loop.remove_reader(self._follower.fileno())
            self._follower.close()
            self._follower = None

    def _opened(self) -> Follower | None:
        try:
            return Follower(self._machine.name)
        except (OSError, RuntimeDirError) as error:
            if not self._complained:
                self._complained = True
                self._machine.log.warning(f"the feed can't be followed, so the machine looks less often: {error}")
            return None

    def _moved(self) -> None:
        if self._follower is not None and self._follower.drain() and self._is_about_it():
            self._wake()

    def _is_about_it(self) -> bool:
        """Whether what is new in the feed is about the machine that this one waits for."""
        store, before = self._machine.store, self._seen
        try:
            self._seen = store.last_feed_id()
            return not before or store.speaks_of(self._other, before, self._seen)
        except StoreError:
            return True
