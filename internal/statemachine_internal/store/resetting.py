"""Making a machine start over: its next start begins a new run, whatever state it is in now."""

from __future__ import annotations

import apsw

from statemachine_internal.store.connection import connect, translated
from statemachine_internal.store.queries import Queries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

RESET = Queries("reset")


class Resetting:
    """A connection that writes.

    Raises:
        NoDatabase: there is none yet.
        StoreError: the database can't be written, or is locked for too long; nothing was stored.
    """

    def __init__(self, path: str) -> None:
        connect(path, readonly=True).close()  # where there is nothing, nothing is made
        self.path = path
        self._connection = connect(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def state_of(self, machine: str) -> str | None:
        """The state that a machine is in, None if it never ran."""
        try:
            rows = self._connection.cursor().execute(RESET.state_of, (machine,)).fetchall()
        except apsw.Error as error:
            raise translated(error, self.path) from error
        return str(rows[0][0]) if rows else None

    def reset(self, machine: str, now: int) -> None:
        """Drop the machine's place and timers; to be called with its lock in hand. Its events and history stay."""
        try:
            with self._connection:
                cursor = self._connection.cursor()
                cursor.execute(RESET.finish, (now, machine))
                cursor.execute(RESET.drop_timers, (machine,))
        except apsw.Error as error:
            raise translated(error, self.path) from error
