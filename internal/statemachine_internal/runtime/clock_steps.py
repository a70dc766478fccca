"""Tells when the wall clock was set, or the host was asleep: who sleeps by the monotonic clock would be late then.

The event loop sleeps by CLOCK_MONOTONIC, which stands still while the host is suspended, and hears nothing of a clock
that is put forward (clock_gettime(2)); a stored timer is due by the wall clock (rule P10). A timerfd on CLOCK_REALTIME
that is set to the end of time with TFD_TIMER_CANCEL_ON_SET becomes readable at each such jump (timerfd_create(2)), and
never else: it costs a descriptor, and no wake-up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable

_ABSOLUTE, _CANCEL_ON_SET = 1, 2  # TFD_TIMER_ABSTIME and TFD_TIMER_CANCEL_ON_SET of linux/timerfd.h


class ClockSteps:
    """Calls ``stepped`` at each jump of the wall clock, from the first ``watch`` to ``close``.

    Where the kernel has no such timer, the machine looks at the clock when it is woken, by the watchdog's tick for one.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, stepped: Callable[[], None]) -> None:
        self._loop, self._stepped = loop, stepped
        self._timer: int | None = None
        self._asked = False

    def watch(self) -> None:
        """Somebody sleeps for long enough to care."""
        if self._asked:
            return
        self._asked = True
        with contextlib.suppress(OSError, AttributeError):  # an old kernel, no descriptor left, or another C library
            self._timer = far_timer()
            self._loop.add_reader(self._timer, self._jumped)

    def close(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._loop.remove_reader(self._timer)
            os.close(self._timer)
            self._timer = None

    def _jumped(self) -> None:
        assert self._timer is not None
        with contextlib.suppress(OSError):  # ECANCELED is what it has to say; the timer stays set
            os.read(self._timer, 8)
        self._stepped()


def far_timer() -> int:
    """A descriptor that is readable when the wall clock has jumped.

    Raises:
        OSError, AttributeError: there can be none.
    """
    import ctypes  # 2 ms and 300 KB, for machines that have timers; Python itself has timerfds from 3.13 on

    library = ctypes.CDLL(None, use_errno=True)
    timer: int = library.timerfd_create(time.CLOCK_REALTIME, os.O_NONBLOCK | os.O_CLOEXEC)
    if timer < 0:
        raise _failed(ctypes.get_errno())
    end_of_time = (1 << (8 * ctypes.sizeof(ctypes.c_long) - 1)) - 1
    setting = (ctypes.c_long * 4)(0, 0, end_of_time, 0)  # struct itimerspec: no interval, and the first expiration
    if library.timerfd_settime(timer, _ABSOLUTE | _CANCEL_ON_SET, setting, None) < 0:
        os.close(timer)
        raise _failed(ctypes.get_errno())
    return timer


def _failed(number: int) -> OSError:
    return OSError(number, os.strerror(number))
