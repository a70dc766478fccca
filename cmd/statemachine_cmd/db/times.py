"""Stored times, microseconds since 1970 UTC, as a reader wants them."""

from __future__ import annotations

import time

SECOND = 1_000_000


def iso(stored: int) -> str:
    """ISO 8601 in local time, with the offset: ``2026-03-01T14:05:06.123456+01:00``."""
    local, rest = _local(stored)
    minutes = int(local.tm_gmtoff) // 60
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', local)}.{rest:06}{sign}{minutes // 60:02}:{minutes % 60:02}"


def short(stored: int) -> str:
    """The same for a column of a table: milliseconds, and no offset."""
    local, rest = _local(stored)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', local)}.{rest // 1000:03}"


def age(stored: int, now: int) -> str:
    """How long ago it was, in two units at most: ``3m 12s``; ``in 3m 12s`` of what is to come."""
    seconds = (now - stored) / SECOND
    if seconds < 0:
        return f"in {_span(-seconds)}"
    return _span(seconds)


def _span(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = int(seconds)
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            return f"{whole // size}{unit} {whole % size // smaller}{name}"
    return f"{whole}s"


def _local(stored: int) -> tuple[time.struct_time, int]:
    whole, rest = divmod(stored, SECOND)
    try:
        return time.localtime(whole), rest
    except (OverflowError, OSError, ValueError):  # no calendar has this year
        return time.localtime(0), 0
