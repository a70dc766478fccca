"""What an action comes back with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The end of an action, or its wish to be run again later.

    ``event`` is emitted (None or "": nothing). ``changes`` and ``removed`` are what becomes of the context. With
    ``wait_until`` (microseconds since 1970) or ``waits_for`` (a JSON-able map, what would make it worth running
    again) the cursor stays: the action runs again, from the start, when that time has come or when the machine is
    woken.
    """

    event: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    wait_until: int | None = None
    waits_for: Mapping[str, Any] | None = None


DONE = Outcome()
