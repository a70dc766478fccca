"""Whom something waits for: pending events, timers, jobs, actions that were cut short."""

from __future__ import annotations

from statemachine_internal.store.queries import Queries
from statemachine_internal.store.reading import Reading

WAKE = Queries("wake")


class Waiting(Reading):
    """Whom something waits for, whether or not a process of it lives; raises what ``Reading`` raises."""

    def due(self, now: int) -> list[tuple[str, str | None, str]]:
        """Name, control socket if it is at a place of its own, and what waits, of all that something due waits for."""
        return self._values(WAKE.due, now)

    def next_due(self, now: int) -> list[tuple[str, int]]:
        """Name and time of the first that becomes due after ``now``, of each; the earliest first."""
        return self._values(WAKE.next_due, now)

    def control_path(self, machine: str) -> str | None:
        """The control socket of a machine, if it is at a place of its own."""
        rows = self._values(WAKE.control_path, machine)
        return rows[0][0] if rows else None
