"""Whom something waits for: pending events, timers, actions that were cut short."""

from __future__ import annotations

import apsw

from statemachine_internal.store.connection import connect, translated
from statemachine_internal.store.queries import Queries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

WAKE = Queries("wake")


class Waiting:
    """The database at a path, for reading.

    Raises:
        NoDatabase: there is none yet.
        StoreError: it can't be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._connection = connect(path, readonly=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def due(self, now: int) -> list[tuple[str, str | None, str]]:
        """Name, control socket if it is at a place of its own, and what waits, of all that something due waits for."""
        return self._rows(WAKE.due, now)

    def next_due(self, now: int) -> list[tuple[str, int]]:
        """Name and time of the first that becomes due after ``now``, of each; the earliest first."""
        return self._rows(WAKE.next_due, now)

    def control_path(self, machine: str) -> str | None:
        """The control socket of a machine, if it is at a place of its own."""
        rows = self._rows(WAKE.control_path, machine)
        return rows[0][0] if rows else None

    def _rows(self, sql: str, *values: object) -> list[Any]:
        try:
            return self._connection.cursor().execute(sql, values).fetchall()
        except apsw.Error as error:
            raise translated(error, self.path) from error
