"""How far a job has come: how it is written, and where it is stored and told."""

from __future__ import annotations

import re
from typing import Final

from statemachine_internal.errors import ActionError
from statemachine_internal.jobs.queue import Tell
from statemachine_internal.store.protocol import Store

NAME: Final = "job_progress"  # the placeholder, the context key that sets it, and the type of the feed's row

_NUMBER = r"(?P<number>\d{1,3}(?:\.\d{1,15})?) ?%?"
_TEXT = re.compile(_NUMBER, re.ASCII)
_LINE = re.compile(rf"progress ?: {{0,8}}{_NUMBER}", re.ASCII | re.IGNORECASE)
_LONGEST_LINE = 64  # characters, blanks around it included


def percent(value: object) -> int | float:
    """Return a progress as it is stored: from 0 to 100, two decimals at most, whole where it is whole.

    Raises:
        ActionError: it is no such number, nor a text of one.
    """
    number = value
    if isinstance(value, str) and (written := _TEXT.fullmatch(value.strip())):
        number = float(written["number"])
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number <= 100:
        raise ActionError(f"the progress of a job can't be {value!r}; give a number from 0 to 100")
    rounded = round(number, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def in_line(line: str) -> int | float | None:
    """What a line of a command says of it, such as ``progress: 40%``; None if it says nothing, or no percentage."""
    if len(line) > _LONGEST_LINE or (said := _LINE.fullmatch(line.strip())) is None:
        return None
    number = float(said["number"])
    return percent(number) if number <= 100 else None


def store_progress(store: Store, machine: str, id: str, value: float, tell: Tell) -> bool:
    """Store a progress, and tell the feed. False if the job is not one that the machine works on."""
    stored = store.jobs.set_progress(id, machine, value)
    if stored:
        tell(NAME, {"job_id": id, "progress": value})
    return stored
