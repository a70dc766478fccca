"""``idle_exit``: a machine at rest ends, costs no process, and is started again by systemd when something comes.

An event, or a doorbell, that comes meanwhile waits in the socket, which is systemd's. A timer that is ahead needs
somebody who starts the machine in time: the file ``RUNTIME/wake`` tells statemachine-wake.path to look at the
database and arm a timer.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from statemachine_internal.control.addresses import runtime_dir
from statemachine_internal.runtime.clock import SECOND, now
from statemachine_internal.runtime.live import Live, Machine, Phase

IDLE = "idle"
NEAR_SECONDS = 10.0  # to end for less than this would cost more than it saves

_AT_REST = frozenset({Phase.RESTING, Phase.PAUSING, Phase.PARKED})


class IdleExit:
    """Calls ``end`` once the machine has been at rest for ``seconds`` and has no timer that is near.

    ``next_due`` tells when the next timer or delayed event is due, in microseconds since 1970.
    """

    def __init__(
        self,
        seconds: float | None,
        loop: asyncio.AbstractEventLoop,
        next_due: Callable[[], int | None],
        end: Callable[[], None],
    ) -> None:
        self._seconds, self._loop, self._next_due, self._end = seconds, loop, next_due, end
        self._timer: asyncio.TimerHandle | None = None

    def observe(self, live: Live) -> None:
        """The machine has just done something: the time at rest begins anew."""
        self.close()
        # Who waits for another machine's state follows the feed, and nobody would wake it.
        follows = live.waits_for is not None and "machine" in live.waits_for
        if self._seconds is not None and live.phase in _AT_REST and not follows:
            self._timer = self._loop.call_later(self._seconds, self._over)

    def close(self) -> None:
        """Count no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self) -> None:
        self._timer = None
        due = self._next_due()
        if due is None or due - now() > NEAR_SECONDS * SECOND:
            self._end()


def has_timer_ahead(machine: Machine) -> bool:
    """Whether a timer, or a delayed event, is due some day."""
    return bool(machine.store.timers(machine.name)) or machine.store.next_due(machine.name, now()) is not None


def ask_for_wake() -> None:
    """Leave word that this machine has a timer ahead."""
    with open(os.path.join(runtime_dir(), "wake"), "a", encoding="ascii"):
        pass
