"""What a test looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


class Moved(NamedTuple):
    """A change of state. ``to_state`` is ``from_state`` for a transition that keeps it."""

    from_state: str
    event: str
    to_state: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An event that the machine has sent; ``due`` is set where it is delayed."""

    target: str
    type: str
    payload: Mapping[str, Any]
    job_id: str | None = None
    due: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """An action that awaits, as it was begun. ``config`` has its placeholders filled in."""

    type: str
    state: str
    config: Mapping[str, Any]
    action_key: str


@dataclass(frozen=True, kw_only=True)
class SeenJob:
    """A job of the queue."""

    id: str
    type: str
    status: str
    attempts: int
    payload: Mapping[str, Any]
    result: Any = None
    error: str | None = None
    progress: float | None = None
