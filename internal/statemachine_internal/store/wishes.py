"""What a person wants of a machine, whether or not a process of it lives: to pause, to go on, to start over."""

from __future__ import annotations

from contextlib import contextmanager

import apsw

from statemachine_internal.errors import StateMachineError
from statemachine_internal.store.connection import connect, translated
from statemachine_internal.store.queries import Queries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Self

RESET = Queries("reset")
WISHES = Queries("wishes")


class NeverRan(StateMachineError):
    """There is no such machine."""

    code = "unknown_machine"

    def __init__(self, machine: str) -> None:
        self.machine = machine
        super().__init__(f"no machine '{machine}' has run here; see: statemachine-db machine-state")


class Wishes:
    """A connection that writes. Each method is one transaction.

    Raises:
        NoDatabase: there is none yet.
        NeverRan: no machine of this name has run.
        StoreError: the database can't be written, or is locked for too long; nothing was stored.
    """

    def __init__(self, path: str) -> None:
        connect(path, readonly=True).close()  # where there is nothing, nothing is made
        self.path = path
        self._connection = connect(path)
        self._execute = self._connection.cursor().execute

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def state_of(self, machine: str) -> str:
        """The state that the machine is in."""
        return str(self._row(machine)[0])

    def control_path(self, machine: str) -> str | None:
        """Its control socket, where that is at a place of its own."""
        path: str | None = self._row(machine)[2]
        return path

    def is_reset_asked(self, machine: str) -> bool:
        """Whether it still has to start over."""
        return self._row(machine)[3] is not None

    def pause(self, machine: str, now: int) -> int | None:
        """It is to take up nothing; returns the id of the feed's row, None if it was paused before."""
        return self._wish(machine, "machine_paused", now, WISHES.pause, now, machine)

    def unpause(self, machine: str, now: int) -> int | None:
        """It may go on; returns the id of the feed's row, None if it wasn't paused."""
        return self._wish(machine, "machine_resumed", now, WISHES.unpause, machine)

    def ask_reset(self, machine: str, now: int) -> None:
        """The process of it that lives is to start over."""
        self._row(machine)
        with self._transaction():
            self._execute(WISHES.ask_reset, (now, machine))

    def reset(self, machine: str, now: int) -> int:
        """Drop its place and timers; to be called with its lock in hand. Its events and history stay.

        Returns the id of the feed's row.
        """
        self._row(machine)
        with self._transaction():
            self._execute(RESET.finish, (now, machine))
            self._execute(RESET.drop_timers, (machine,))
            self._execute(RESET.tell, (now, machine))
            return int(self._connection.last_insert_rowid())

    def _row(self, machine: str) -> tuple[Any, ...]:
        try:
            rows = self._execute(WISHES.machine, (machine,)).fetchall()
        except apsw.Error as error:
            raise translated(error, self.path) from error
        if not rows:
            raise NeverRan(machine)
        return tuple(rows[0])

    def _wish(self, machine: str, type: str, now: int, sql: str, *values: object) -> int | None:
        self._row(machine)
        with self._transaction():
            self._execute(sql, values)
            if not self._connection.changes():
                return None
            self._execute(WISHES.tell, (type, now, machine))
            return int(self._connection.last_insert_rowid())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._execute("ROLLBACK")
                raise
            self._execute("COMMIT")
        except apsw.Error as error:
            raise translated(error, self.path) from error
