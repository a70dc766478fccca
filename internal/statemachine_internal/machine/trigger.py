"""What can move a machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class TriggerKind(Enum):
    """Where a trigger comes from; a machine takes them in this order."""

    START = "start"  # a fresh run begins
    EMITTED = "emitted"  # the event that the last action returned
    TIMER = "timer"  # a timeout(N) of the state is due
    EVENT = "event"  # an event of the inbox


def event_data(type: str, payload: Any, *, id: int | None, job_id: str | None, source: str) -> dict[str, Any]:
    """An event as conditions, placeholders and actions see it. ``id`` is its row; None where it has none yet."""
    data = {"event_name": type, "type": type, "payload": payload, "job_id": job_id, "source": source}
    return data if id is None else {**data, "id": id}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """One trigger. ``event`` is the event as ``event_data`` will hold it, and is empty for all but inbox events."""

    kind: TriggerKind
    name: str
    event: Mapping[str, Any] = field(default_factory=dict)
