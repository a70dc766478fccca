"""What the monitor reads: machines, feed, inboxes and queue, each select bounded; see ``queries/monitor.sql``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import apsw

from statemachine_internal.errors import StoreError
from statemachine_internal.store import migrate
from statemachine_internal.store.connection import translated, version_of
from statemachine_internal.store.listing import Listing
from statemachine_internal.store.queries import Queries

MONITOR = Queries("monitor")
FEED = Queries("feed")

Row = dict[str, Any]
FeedTuple = tuple[int, str, str, str, int | None, int]
"""id, machine, type, payload, event id, created."""


class Overview(Listing):
    """The database at a path, for reading, and whether it still is the one that stands there.

    Raises what ``Listing`` raises.
    """

    def stale(self) -> bool:
        """Whether another file stands at the path, or the schema is no longer the one that this program knows.

        One that is locked just now is the same as before.
        """
        if self.replaced():
            return True
        try:
            return migrate.schema_version(self._connection) != migrate.LATEST
        except apsw.BusyError:
            return False
        except apsw.Error:
            return True

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of a query, as maps."""
        return self._rows(sql, *values)

    def feed_after(self, after: int, limit: int) -> list[FeedTuple]:
        """The rows of the feed behind an id, oldest first, as they stand there."""
        try:
            found: list[Any] = self._connection.cursor().execute(FEED.after, (after, limit)).fetchall()
        except apsw.Error as error:
            raise translated(error, self.path) from error
        return found

    def feed_ends(self) -> tuple[int, int]:
        """The first and the last id of the feed; 0 and 0 if it is empty."""
        return self._ends(MONITOR.feed_ends)

    def feed_sequence(self) -> int:
        """The highest id that the feed ever gave out."""
        (row,) = self._rows(MONITOR.feed_sequence)
        return int(row["seq"])

    def event_ends(self) -> tuple[int, int]:
        """The same of the events."""
        return self._ends(MONITOR.event_ends)

    def job_ends(self) -> tuple[int, int]:
        """The same of the jobs' numbers."""
        return self._ends(MONITOR.job_ends)

    def machines_named(self, names: Iterable[str] | None) -> list[Row]:
        """These machines, or all, by name."""
        return self._rows(MONITOR.machines, None if names is None else json.dumps(list(names)))

    def machine_names(self) -> set[str]:
        """Those of all machines."""
        return {row["name"] for row in self._rows(MONITOR.names)}

    def touched_since(self, moment: int, event: int) -> list[str]:
        """The machines that stored something since, or were sent something behind an event; the feed may not say so."""
        return [row["name"] for row in self._rows(MONITOR.touched, moment, event)]

    def entries(self, first: int, last: int) -> list[Row]:
        """When machines came into a state, by the rows of the feed from one id up to another."""
        return self._rows(MONITOR.entries, first, last)

    def id_at(self, moment: int) -> int:
        """The id of the feed's first row that is younger than a stored time, or the id that its next row will have.

        Rows stand in the order of their commits, and so nearly in that of their times.
        """
        low, last = self.feed_ends()
        high = last + 1
        while low < high:
            middle = (low + high) // 2
            (row,) = self._rows(MONITOR.feed_from, middle) or [{"id": high, "created": moment + 1}]
            if row["created"] > moment:
                high = middle
            else:
                low = row["id"] + 1
        return high

    def _ends(self, sql: str) -> tuple[int, int]:
        (row,) = self._rows(sql)
        return row["first"], row["last"]


def is_of_an_older_version(path: str) -> bool:
    """Whether the database there has to be brought up to date before it can be read."""
    try:
        return 0 < version_of(path, busy_limit=0.0) < migrate.LATEST
    except StoreError:  # who opens it says what is wrong
        return False
