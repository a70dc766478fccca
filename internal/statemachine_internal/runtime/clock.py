"""Time as stored: microseconds since 1970, UTC."""

from __future__ import annotations

import time

SECOND = 1_000_000


def now() -> int:
    """The present, by the wall clock: a stored time must mean the same after a reboot."""
    return time.time_ns() // 1000
