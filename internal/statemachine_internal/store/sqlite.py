"""The Store on SQLite, by apsw. The SQL text is fixed, so that statements stay prepared."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any

import apsw

from statemachine_internal.errors import LockLost
from statemachine_internal.store.connection import connect, translated
from statemachine_internal.store.protocol import (
    SETTLED,
    EventStatus,
    FeedRow,
    InboxEvent,
    MachineRow,
    MachineStatus,
    NewEvent,
    Place,
    Process,
)
from statemachine_internal.store.queries import Queries
from statemachine_internal.store.sqlite_jobs import SqliteJobs

MACHINE = Queries("machine")
INBOX = Queries("inbox")
FEED = Queries("feed")


class SqliteStore:
    """One long-lived connection; see ``protocol.Store`` for what each method promises."""

    def __init__(self, path: str, connection: apsw.Connection | None = None) -> None:
        self.path = path
        self._connection = connection or connect(path)
        self._cursor = self._connection.cursor()
        self.jobs = SqliteJobs(self._execute, self._connection.changes)

    def close(self) -> None:
        """Give the connection back; a transaction that is open is rolled back."""
        self._connection.close()

    def transaction(self) -> _Transaction:
        """``BEGIN IMMEDIATE``: the write lock is taken before anything is read, so that what was read still holds."""
        return _Transaction(self)

    def _execute(self, sql: str, values: tuple[Any, ...] = ()) -> apsw.Cursor:
        try:
            return self._cursor.execute(sql, values)
        except apsw.Error as error:
            raise translated(error, self.path) from error

    def fetched(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """All rows of a query of somebody else's."""
        return self._execute(sql, values).fetchall()

    def _roll_back(self) -> None:
        try:
            # Some errors, a full disk among them, have rolled back already.
            if self._connection.in_transaction:
                self._cursor.execute("ROLLBACK")
        except apsw.Error as error:
            raise translated(error, self.path) from error

    def _one(self, sql: str, *values: Any) -> Any:
        """The first row, or None."""
        # To the end of the rows: a statement that is left half-read keeps a read transaction open, and the WAL from
        # shrinking.
        rows = self._execute(sql, values).fetchall()
        return rows[0] if rows else None

    # machines

    def machine(self, name: str) -> MachineRow | None:
        """The machine's row, None if it never ran."""
        row = self._one(MACHINE.load, name)
        return _machine_row(row) if row else None

    def machines(self) -> list[tuple[str, str, MachineStatus]]:
        """Name, state and status of all machines, by name."""
        return [(name, state, MachineStatus(status)) for name, state, status in self._execute(MACHINE.summaries)]

    def create(
        self,
        name: str,
        place: Place,
        *,
        digest: str,
        config_type: str,
        control_path: str | None,
        process: Process,
        now: int,
    ) -> int:
        """The first row of a machine; returns its epoch, 1."""
        self._execute(
            MACHINE.create,
            (
                name, place.state, place.entry, place.via, place.list_start, place.cursor, place.list_end,
                place.context, digest, config_type, control_path, process.pid, process.boot_id,
                process.invocation_id, now, now,
            ),
        )  # fmt: skip
        return 1

    def claim(
        self, name: str, *, digest: str, config_type: str, control_path: str | None, process: Process, now: int
    ) -> int:
        """A new process takes the machine over; returns the new epoch."""
        who = (process.pid, process.boot_id, process.invocation_id)
        epoch: int = self._one(MACHINE.claim, digest, config_type, control_path, *who, now, now, name)[0]
        return epoch

    def leave(self, name: str, epoch: int) -> None:
        """The process of this epoch ends in order: the row has a process no more."""
        self._execute(MACHINE.leave, (name, epoch))

    def describe(self, name: str, digest: str, config_type: str) -> None:
        """The machine runs by another definition now."""
        self._execute(MACHINE.describe, (digest, config_type, name))

    def keep_definition(self, digest: str, text: str, file: str, now: int) -> None:
        """Keep the text that a machine runs by; one that is kept already stays as it is."""
        shown = file.encode("utf-8", "backslashreplace").decode()  # a file's name may be any bytes, a text may not
        self._execute(MACHINE.keep_definition, (digest, text, shown, now))

    def wishes(self, name: str) -> tuple[bool, bool]:
        """Whether somebody wants the machine to be paused, and whether somebody wants it to start over."""
        paused, reset = self._one(MACHINE.wishes, name) or (0, 0)
        return bool(paused), bool(reset)

    def save(self, name: str, epoch: int, place: Place, now: int) -> None:
        """Store where the machine stands, if the epoch still is the machine's."""
        self._execute(
            MACHINE.save,
            (
                place.state, place.status.value, place.entry, place.via, place.list_start, place.cursor, place.list_end,
                place.attempts, place.failures, place.waits_for, place.context, now, name, epoch,
            ),
        )  # fmt: skip
        if self._connection.changes() != 1:
            raise LockLost(name)

    def confirm(self, name: str, epoch: int) -> None:
        """Raise LockLost if the epoch is no longer the machine's."""
        if self._one(MACHINE.epoch, name) != (epoch,):
            raise LockLost(name)

    # timers

    def timers(self, machine: str) -> dict[str, int]:
        """The machine's timers: name and due time."""
        return dict(self._execute(MACHINE.timers, (machine,)))

    def set_timer(self, machine: str, name: str, due: int) -> None:
        """Set one timer, in place of the one of this name."""
        self._execute(MACHINE.set_timer, (machine, name, due))

    def drop_timer(self, machine: str, name: str) -> None:
        """Forget one timer."""
        self._execute(MACHINE.drop_timer, (machine, name))

    def drop_timers(self, machine: str) -> None:
        """Forget all timers of the machine."""
        self._execute(MACHINE.drop_timers, (machine,))

    # events

    def accept(self, event: NewEvent, status: EventStatus, now: int, error: str | None = None) -> tuple[int, bool]:
        """Store an event; returns its id, and True if its uid was known (then nothing was stored)."""
        self._execute(
            INBOX.accept,
            (
                event.uid, event.source, event.target, event.type, event.job_id, event.payload, status.value,
                event.not_before, event.sender_uid, event.sender_pid, now, now if status in SETTLED else None, error,
            ),
        )  # fmt: skip
        if self._connection.changes() == 0:
            return int(self._one(INBOX.known, event.uid)[0]), True
        return self._connection.last_insert_rowid(), False

    def pending(self, target: str, now: int, limit: int) -> list[InboxEvent]:
        """The oldest pending events of a machine that are due, in the order of acceptance."""
        return [_inbox_event(row) for row in self._execute(INBOX.pending, (target, now, limit))]

    def pending_of(self, target: str, now: int, types: list[str]) -> list[InboxEvent]:
        """The same (64 at most), of these types alone."""
        return [_inbox_event(row) for row in self._execute(INBOX.pending_of, (target, now, json.dumps(types)))]

    def next_due(self, target: str, now: int) -> int | None:
        """When the next delayed event of a machine is due."""
        due: int | None = self._one(INBOX.next_due, target, now)[0]
        return due

    def settle(self, event_id: int, status: EventStatus, now: int, error: str | None = None) -> None:
        """Say what became of a pending event."""
        self._execute(INBOX.settle, (status.value, now if status in SETTLED else None, error, event_id))

    def undefer(self, target: str) -> int:
        """Make the deferred events of a machine pending again; returns how many."""
        self._execute(INBOX.undefer, (target,))
        return self._connection.changes()

    def clear(self, target: str, types: list[str] | None, now: int, reason: str) -> int:
        """Mark the open events of a machine (of these types, or all) ignored; returns how many."""
        chosen = None if types is None else json.dumps(types)
        self._execute(INBOX.clear, (now, reason, target, chosen, chosen))
        return self._connection.changes()

    def status_of(self, uid: str) -> EventStatus | None:
        """What became of the event of this uid, None if there is none."""
        row = self._one(INBOX.status_of, uid)
        return None if row is None else EventStatus(row[0])

    def withdraw(self, uid: str, now: int, reason: str) -> None:
        """Take a pending event back, in its sender's name: it is ignored, and the uid may be used anew."""
        self._execute(INBOX.withdraw, (now, reason, uid))

    def outbox_targets(self, source: str) -> list[str]:
        """The machines that have pending events from ``source``."""
        return [target for (target,) in self._execute(INBOX.outbox_targets, (source,))]

    # feed

    def append(self, machine: str, type: str, payload: str, now: int, event_id: int | None = None) -> int:
        """Add a row to the feed; returns its id."""
        self._execute(FEED.append, (machine, type, payload, event_id, now))
        return self._connection.last_insert_rowid()

    def last_feed_id(self) -> int:
        """The id of the newest row of the feed, 0 where there is none."""
        return int(self._one(FEED.last_id)[0])

    def speaks_of(self, machine: str, after: int, upto: int) -> bool:
        """Whether one of the feed's rows behind the id ``after``, up to ``upto``, is this machine's."""
        return bool(self._one(FEED.speaks_of, after, upto, machine)[0])

    def feed(self, after: int, limit: int) -> list[FeedRow]:
        """The rows of the feed behind the id ``after``, oldest first."""
        return [
            FeedRow(id=id, machine=machine, type=type, payload=payload, event_id=event_id, created=created)
            for id, machine, type, payload, event_id, created in self._execute(FEED.after, (after, limit))
        ]


class _Transaction:
    """A class, and no generator: it is entered for every commit."""

    __slots__ = ("_store",)

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._store._execute("BEGIN IMMEDIATE")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            try:
                self._store._execute("COMMIT")
            except BaseException:
                self._store._roll_back()
                raise
        else:
            self._store._roll_back()


def _inbox_event(row: tuple[Any, ...]) -> InboxEvent:
    id, source, type, job_id, payload, created = row
    return InboxEvent(id=id, source=source, type=type, job_id=job_id, payload=payload, created=created)


def _machine_row(row: tuple[Any, ...]) -> MachineRow:
    (
        name, state, status, entry, via, list_start, cursor, list_end, attempts, failures, waits_for, context,
        digest, config_type, control_path, epoch, pid, boot_id, invocation_id, started, last_activity, paused,
        reset_asked,
    ) = row  # fmt: skip
    place = Place(
        state=state,
        status=MachineStatus(status),
        entry=entry,
        via=via,
        list_start=list_start,
        cursor=cursor,
        list_end=list_end,
        attempts=attempts,
        failures=failures,
        waits_for=waits_for,
        context=context,
    )
    return MachineRow(
        name=name,
        place=place,
        definition_hash=digest,
        config_type=config_type,
        control_path=control_path,
        epoch=epoch,
        process=Process(pid=pid, boot_id=boot_id, invocation_id=invocation_id) if pid is not None else None,
        started=started,
        last_activity=last_activity,
        paused=paused,
        reset_asked=reset_asked,
    )
