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
from statemachine_internal.errors import StateMachineError
from statemachine_internal.machine import Snapshot
from statemachine_internal.runtime.clock import SECOND, now
from statemachine_internal.runtime.live import Live, Machine, Phase

IDLE = "idle"
NEAR_SECONDS = 10.0  # to end for less than this would cost more than it saves

_AT_REST = frozenset({Phase.RESTING, Phase.PAUSING, Phase.PARKED})
_AT_PAUSE = _AT_REST | {Phase.READY}


class IdleExit:
    """Calls ``end`` once the machine has been at rest for as long as ``seconds`` says, and has no timer that is near.

    ``seconds`` is asked each time, since a reload may change it; None is for ever. ``next_due`` tells when the next
    timer or delayed event is due, in microseconds since 1970.
    """

    def __init__(
        self,
        seconds: Callable[[], float | None],
        loop: asyncio.AbstractEventLoop,
        next_due: Callable[[], int | None],
        end: Callable[[], None],
    ) -> None:
        self._seconds, self._loop, self._next_due, self._end = seconds, loop, next_due, end
        self._timer: asyncio.TimerHandle | None = None
        self._resting: tuple[float, Phase, Snapshot] | None = None  # since the timer was set

    def observe(self, live: Live, paused: bool = False) -> None:
        """The machine has taken a turn: if that brought it anywhere, the time at rest begins anew."""
        resting = self._rest(live, paused)
        if self._timer is not None and resting == self._resting:
            return  # it was woken, by the watchdog above all, and there was nothing to do
        self.close()
        self._resting = resting
        if resting is not None:
            self._timer = self._loop.call_later(resting[0], self._over)

    def _rest(self, live: Live, paused: bool) -> tuple[float, Phase, Snapshot] | None:
        """How long the machine may rest where it stands; None if it isn't at rest, or may for ever."""
        seconds = self._seconds()
        # Who waits for another machine's state follows the feed, and nobody would wake it.
        follows = live.waits_for is not None and "machine" in live.waits_for
        at_rest = _AT_PAUSE if paused else _AT_REST
        if seconds is None or live.phase not in at_rest or follows:
            return None
        return seconds, live.phase, live.snapshot

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
    """Whether a timer, or a delayed event, is due some day, or has become so since the machine last looked."""
    return bool(machine.store.timers(machine.name)) or machine.store.next_due(machine.name, 0) is not None


def ask_for_wake() -> None:
    """Leave word that this machine has a timer ahead."""
    path = os.path.join(runtime_dir(), "wake")
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o660))
    except OSError as error:  # the exit status makes systemd start the machine again, and no timer is lost
        raise StateMachineError(f"nobody can be asked to wake the machine: {path}: {error.strerror}") from error
