"""The rows that a sender writes itself, where no machine takes its event."""

from __future__ import annotations

import os
import time

import apsw

from statemachine_internal.store.connection import connect, translated
from statemachine_internal.store.queries import Queries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

    from statemachine_internal.control.outgoing import Outgoing

LISTING = Queries("listing")
INBOX = Queries("inbox")
FEED = Queries("feed")


class Outbox:
    """A connection that writes.

    Raises:
        StoreError: the database can't be written, or is locked for too long; nothing was stored.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._connection = connect(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def machine(self, name: str) -> tuple[bool, str | None]:
        """Whether a machine of this name has ever run here, and its control socket if it is at a place of its own."""
        rows = self._run(lambda execute: execute(LISTING.control_path, (name,)).fetchall())
        return (True, rows[0][0]) if rows else (False, None)

    def put(self, event: Outgoing) -> int:
        """Store a pending event; returns its id, that of its first copy if it is there already."""
        return int(self._write(lambda execute: self._accept(execute, event, "pending")))

    def show(self, event: Outgoing) -> tuple[int, int]:
        """Store a feed row, and the event that brought it, in one transaction; returns the ids of event and row."""

        def both(execute: Any) -> tuple[int, int]:
            id = self._accept(execute, event, "processed")
            execute(FEED.append, (event.source, event.type, event.payload_json, id, _now()))
            return id, self._connection.last_insert_rowid()

        ids: tuple[int, int] = self._write(both)
        return ids

    def _accept(self, execute: Any, event: Outgoing, status: str) -> int:
        now = _now()
        execute(
            INBOX.accept,
            (
                event.uid, event.source, event.target, event.type, event.job_id, event.payload_json, status,
                0, os.geteuid(), os.getpid(), now, now if status == "processed" else None, None,
            ),
        )  # fmt: skip
        return int(execute(INBOX.known, (event.uid,)).fetchall()[0][0])

    def _write(self, work: Any) -> Any:
        def whole(execute: Any) -> Any:
            execute("BEGIN IMMEDIATE")
            try:
                done = work(execute)
                execute("COMMIT")
            except BaseException:
                if not self._connection.getautocommit():
                    execute("ROLLBACK")
                raise
            return done

        return self._run(whole)

    def _run(self, work: Any) -> Any:
        try:
            return work(self._connection.cursor().execute)
        except apsw.Error as error:
            raise translated(error, self.path) from error


def _now() -> int:
    return time.time_ns() // 1000
