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


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """One trigger. ``event`` is the event as ``event_data`` will hold it, and is empty for all but inbox events."""

    kind: TriggerKind
    name: str
    event: Mapping[str, Any] = field(default_factory=dict)
