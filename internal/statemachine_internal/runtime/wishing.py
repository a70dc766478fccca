"""Pausing a machine, letting it go on, making it start over: stored first, and then the machine is rung.

For whoever operates a machine from outside, the commands and the monitor alike. A paused machine accepts events and
takes nothing up; its timers that come due meanwhile fire when it goes on. An action that is at work when the pause
comes ends by itself, and its result is stored.
"""

from __future__ import annotations

import time

from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.control.doorbell import ring_machine
from statemachine_internal.errors import AlreadyRunning
from statemachine_internal.feed.wakeup import FeedBell
from statemachine_internal.runtime.clock import now
from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.store.wishes import Wishes

RESET_SECONDS = 12.0  # that a running machine gets to start over; more than its action has to heed its cancellation
_LOOK_SECONDS = 0.02


def pause(database: str, machine: str) -> bool:
    """Make the machine take up nothing; False if it was paused before.

    Raises:
        UsageError: no machine can be called so.
        NeverRan, StoreError: nothing was stored.
    """
    check_machine_name(machine)
    with Wishes(database) as wishes:
        return _told(wishes, machine, wishes.pause(machine, now()))


def unpause(database: str, machine: str) -> bool:
    """Let a paused machine go on; False if it wasn't paused. Raises what ``pause`` does."""
    check_machine_name(machine)
    with Wishes(database) as wishes:
        return _told(wishes, machine, wishes.unpause(machine, now()))


def reset(database: str, machine: str) -> bool:
    """Make the machine start over: at once where it runs, its action at work ended; else at its next start.

    Its events and its history stay; state, context and timers go, and its job goes back to the queue.

    Returns:
        False if it runs and has not got round to it within twelve seconds; it does it as soon as it can.

    Raises:
        UsageError, NeverRan, StoreError: as ``pause``.
        LockUnusable: the machine's lock can't be used.
    """
    with Wishes(database) as wishes:
        wishes.state_of(check_machine_name(machine))  # refused before there is a lock file for it
        try:
            lock = MachineLock(machine)
        except AlreadyRunning:
            wishes.ask_reset(machine, now())
            _ring(wishes, machine)
            return _heeded(wishes, machine)
        try:
            feed_id = wishes.reset(machine, now())
        finally:
            lock.release()
        with FeedBell() as bell:
            bell.ring(feed_id)
        return True


def _told(wishes: Wishes, machine: str, feed_id: int | None) -> bool:
    if feed_id is None:
        return False
    _ring(wishes, machine)
    with FeedBell() as bell:
        bell.ring(feed_id)
    return True


def _ring(wishes: Wishes, machine: str) -> None:
    ring_machine(machine, lambda: wishes.control_path(machine))


def _heeded(wishes: Wishes, machine: str) -> bool:
    deadline = time.monotonic() + RESET_SECONDS
    while wishes.is_reset_asked(machine):
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
