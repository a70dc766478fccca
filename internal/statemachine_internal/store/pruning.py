"""Deleting what is old, a little at a time, while machines write.

What is old is looked for outside of any transaction that writes; then it goes by its ids, in transactions of some
milliseconds. Events go before the feed's rows, so that at any moment each processed event that is there has its row.
"""

from __future__ import annotations

import time

import apsw

from statemachine_internal.store.connection import connect, translated
from statemachine_internal.store.queries import Queries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

PRUNE = Queries("prune")
MOST_ROWS, LEAST_ROWS = 1000, 50
# A transaction takes as many rows as go in this time: 1,000 took 10 to 17 ms, since the uids lie all over their index.
LOCKED = 0.002
# Whoever waits for the write lock looks every 0.2 ms: so long it is free between two transactions, at least.
PAUSE = 0.002


class Pruning:
    """What is older than a stored time in the database at ``path``.

    Raises:
        StoreError: it can't be read, or written; what was deleted until then is gone.
    """

    def __init__(self, path: str, before: int, *, pause: Callable[[float], None] = time.sleep) -> None:
        self.path = path
        self._before, self._pause, self._rows = before, pause, LEAST_ROWS
        self._connection = connect(path)
        self._execute = self._connection.cursor().execute
        # What a power cut brings back is deleted the next time, and nobody waits for a sync that isn't needed.
        self._execute("PRAGMA synchronous = NORMAL")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def count(self) -> tuple[int, int]:
        """How many events and rows of the feed are old; nothing is deleted."""
        try:
            # One moment for both. A temporary table is no part of the database: nobody waits for this.
            self._execute("BEGIN")
            try:
                return (
                    sum(len(ids) for ids in self._found(PRUNE.old_events, None)),
                    sum(len(ids) for ids in self._feed()),
                )
            finally:
                self._execute("ROLLBACK")
        except apsw.Error as error:
            raise translated(error, self.path) from error

    def delete(self) -> tuple[int, int]:
        """Delete them; returns how many events and rows of the feed are gone."""
        try:
            events = sum(self._deleted(PRUNE.delete_events, ids) for ids in self._found(PRUNE.old_events, None))
            rows = sum(self._deleted(PRUNE.delete_feed, ids) for ids in self._feed())
            self._execute(PRUNE.delete_definitions, (self._before,))
            return events, rows
        except apsw.Error as error:
            raise translated(error, self.path) from error

    def count_events(self, status: str | None) -> int:
        """How many events that were settled, as ``status`` or at all, are old."""
        return self._counted(PRUNE.old_events, status)

    def delete_events(self, status: str | None) -> int:
        """Delete them; their rows of the feed stay, as history."""
        return self._all_deleted(PRUNE.old_events, PRUNE.delete_events, status)

    def count_jobs(self, status: str | None = None) -> int:
        """How many finished jobs are old; without a status all but the failed ones, which stay until somebody asks."""
        return self._counted(PRUNE.old_jobs, status)

    def delete_jobs(self, status: str | None = None) -> int:
        """Delete them; returns how many are gone."""
        return self._all_deleted(PRUNE.old_jobs, PRUNE.delete_jobs, status)

    def _counted(self, query: str, status: str | None) -> int:
        try:
            return sum(len(ids) for ids in self._found(query, status))
        except apsw.Error as error:
            raise translated(error, self.path) from error

    def _all_deleted(self, query: str, statement: str, status: str | None) -> int:
        try:
            return sum(self._deleted(statement, ids) for ids in self._found(query, status))
        except apsw.Error as error:
            raise translated(error, self.path) from error

    def _feed(self) -> Iterator[list[int]]:
        self._execute(PRUNE.forget_starts)
        self._execute(PRUNE.starts, (self._before,))
        self._execute(PRUNE.starts_by_name)
        yield from self._found(PRUNE.old_feed)
        self._execute(PRUNE.forget_starts)

    def _found(self, query: str, *chosen: str | None) -> Iterator[list[int]]:
        last = 0
        while ids := [
            int(str(id)) for (id,) in self._execute(query, (self._before, last, MOST_ROWS, *chosen)).fetchall()
        ]:
            yield ids
            last = ids[-1]

    def _deleted(self, statement: str, ids: list[int]) -> int:
        deleted = start = 0
        while chunk := ids[start : start + self._rows]:
            start += len(chunk)
            deleted += self._transaction(statement, chunk)
        return deleted

    def _transaction(self, statement: str, ids: list[int]) -> int:
        self._execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        try:
            self._execute(statement, (self._before, str(ids)))
            deleted = self._connection.changes()
            self._execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
            raise
        took = time.monotonic() - began
        # At most twice as many as before, or half: a checkpoint, and a disk that was busy once, say little.
        factor = min(2.0, max(0.5, LOCKED / max(took, 1e-6)))
        self._rows = min(MOST_ROWS, max(LEAST_ROWS, int(self._rows * factor)))
        self._pause(max(PAUSE, took))
        return deleted
