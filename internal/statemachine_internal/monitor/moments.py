"""Stored times, microseconds since 1970 UTC, in ISO 8601, and back."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache

SECOND = 1_000_000


def now() -> int:
    """The present, as stored."""
    return time.time_ns() // 1000


def iso(stored: int) -> str:
    """``2026-11-24T07:18:33.123456Z``."""
    whole, rest = divmod(stored, SECOND)
    return f"{_until_the_second(whole)}.{rest:06}Z"


def iso_or_none(stored: int | None) -> str | None:
    return None if stored is None else iso(stored)


def stored(text: str) -> int:
    """The stored time that an ISO time means; without an offset it is UTC.

    Raises:
        ValueError: it is none.
    """
    try:
        given = datetime.fromisoformat(text)
        moment = given if given.tzinfo else given.replace(tzinfo=UTC)
        return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * SECOND)
    except (ValueError, OverflowError):
        raise ValueError(f"'{text[:40]}' is no time; use one such as 2026-11-24T07:18:33Z") from None


@lru_cache(maxsize=256)
def _until_the_second(seconds: int) -> str:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    except (OverflowError, OSError, ValueError):  # no calendar has this year
        return "1970-01-01T00:00:00"
