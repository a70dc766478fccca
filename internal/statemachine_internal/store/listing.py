"""Reading for people: what the commands list. One read-only connection, named queries, rows as maps."""

from __future__ import annotations

import os

from statemachine_internal.store import migrate
from statemachine_internal.store.queries import Queries
from statemachine_internal.store.reading import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LISTING = Queries("listing")


class Listing(Reading):
    """Machines, their events and their history; raises what ``Reading`` raises."""

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

    def status(self, now: int) -> dict[str, Any]:
        """The database as a whole: sizes in bytes, counts, times."""
        (oldest,) = self._rows(LISTING.oldest_job, now) or [{"id": None, "since": None}]
        return {
            "size": _size(self.path),
            "wal_size": _size(self.path + "-wal"),
            "schema_version": migrate.schema_version(self._connection),
            "machines": {row["status"]: row["number"] for row in self._rows(LISTING.machines_by_status)},
            "events": {row["status"]: row["number"] for row in self._rows(LISTING.events_by_status)},
            "jobs": {row["status"]: row["number"] for row in self._rows(LISTING.jobs_by_status, now)},
            "oldest_job": oldest["id"],
            "oldest_job_pending": oldest["since"],
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


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
