"""Reading for people: what the commands list. One read-only connection, named queries, rows as maps."""

from __future__ import annotations

import os

import apsw

from statemachine_internal.store import migrate
from statemachine_internal.store.connection import connect, translated
from statemachine_internal.store.queries import Queries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

LISTING = Queries("listing")


class Listing:
    """The database at a path, for reading.

    Raises:
        NoDatabase: there is none yet; none is made.
        StoreError: it can't be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._connection = connect(path, readonly=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def events(
        self,
        *,
        target: str | None,
        status: str | None,
        source: str | None,
        type: str | None,
        job_id: str | None,
        payload: bool,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Events that match, newest first; with their payloads only if asked."""
        return self._rows(LISTING.events, payload, target, status, source, type, job_id, limit)

    def pending(self, machine: str, *, payload: bool, limit: int) -> list[dict[str, Any]]:
        """What is pending or deferred for a machine, oldest first."""
        return self._rows(LISTING.pending, payload, machine, limit)

    def machines(self, machine: str | None, *, context: bool, limit: int) -> list[dict[str, Any]]:
        """Machines, by name; with their contexts only if asked."""
        return self._rows(LISTING.machines, context, machine, limit)

    def transitions(self, machine: str | None, *, since: int, limit: int) -> list[dict[str, Any]]:
        """Changes of state since a stored time, newest first."""
        return self._rows(LISTING.transitions, machine, since, limit)

    def errors(self, machine: str | None, *, since: int, limit: int) -> list[dict[str, Any]]:
        """Errors since a stored time, newest first."""
        return self._rows(LISTING.errors, machine, since, limit)

    def status(self) -> dict[str, Any]:
        """The database as a whole: sizes in bytes, counts, times."""
        return {
            "size": _size(self.path),
            "wal_size": _size(self.path + "-wal"),
            "schema_version": migrate.schema_version(self._connection),
            "machines": {row["status"]: row["number"] for row in self._rows(LISTING.machines_by_status)},
            "events": {row["status"]: row["number"] for row in self._rows(LISTING.events_by_status)},
            **self._rows(LISTING.totals)[0],
        }

    def outcome(self, event_id: int, target: str) -> dict[str, Any] | None:
        """The status and the error of an event."""
        rows = self._rows(LISTING.outcome, event_id, target)
        return rows[0] if rows else None

    def transition_of(self, event_id: int, after: int) -> dict[str, Any] | None:
        """The change of state that an event brought, looked for in the feed behind the id ``after``."""
        rows = self._rows(LISTING.transition_of, after, event_id)
        return rows[0] if rows else None

    def last_feed_id(self) -> int:
        """The id of the feed's newest row; 0 if it has none."""
        (row,) = self._rows(Queries("feed").last_id)
        return int(*row.values())

    def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        try:
            cursor = self._connection.cursor().execute(sql, values)
            try:
                names = [column[0] for column in cursor.description]
            except apsw.ExecutionCompleteError:  # no rows
                return []
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except apsw.Error as error:
            raise translated(error, self.path) from error


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
