"""How old something must be: ``90d``, ``12h``, ``30m``."""

from __future__ import annotations

from statemachine_cmd.db.parser import Option

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
MOST = 36525 * UNITS["d"]  # a hundred years


def older_than_option(what: str, *, required: bool = False) -> Option:
    text = f"{what} older than this: 90d, 12h, 30m"
    return Option("--older-than", text, metavar="AGE", convert=age, required=required)


def age(text: str) -> int:
    """An age in seconds."""
    number, unit = text[:-1], text[-1:]
    sound = unit in UNITS and number.isascii() and number.isdecimal() and len(number) < 12
    seconds = int(number) * UNITS[unit] if sound else 0
    if not 1 <= seconds <= MOST:
        raise ValueError("a whole number with a unit, s, m, h, d or w: 90d, 12h, 30m")
    return seconds
