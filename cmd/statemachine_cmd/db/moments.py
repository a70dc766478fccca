"""Moments to come, as arguments: ``2026-03-01T14:05`` (local), ``2026-03-01T13:05Z``, ``10m`` from now."""

from __future__ import annotations

import time

from statemachine_cmd.db import ages, times

RIGHT = "a time such as 2026-03-01T14:05, with Z for UTC, or how long from now: 10m, 2h, 1d"


def moment(text: str) -> int:
    """The stored time that a text means; 0 for all that was before 1970."""
    try:
        return time.time_ns() // 1000 + ages.age(text) * times.SECOND
    except ValueError:
        pass
    from datetime import datetime

    try:
        if "-" not in text[:5]:  # 20260301 would be read as a date, and is more likely a number of something
            raise ValueError
        seconds = datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ValueError(RIGHT) from None
    return max(0, round(seconds * times.SECOND))


def shown(stored: int) -> str:
    """A stored time as a sentence names it."""
    return times.iso(stored)
