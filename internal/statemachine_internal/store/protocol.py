"""What the runtime needs of a database. Every driver passes ``tests/conformance``."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from statemachine_internal.store.job_protocol import Jobs


class MachineStatus(Enum):
    """What a machine was doing when it last stored something. Whether its process lives, only its lock tells."""

    RUNNING = "running"  # an action is at work
    WAITING = "waiting"  # for an event, a timer, or work
    STOPPED = "stopped"  # ended in order, and resumes at the next start
    FINISHED = "finished"  # in a final state; the next start is a new run
    FAILED = "failed"  # ended by an error of its definition or its store


class EventStatus(Enum):
    """What became of an event."""

    PENDING = "pending"  # accepted, not yet taken up
    PROCESSED = "processed"  # a transition took it
    IGNORED = "ignored"  # no transition of the state took it
    DEFERRED = "deferred"  # kept until the state has changed
    FAILED = "failed"  # not taken, and the definition calls that an error


SETTLED = frozenset({EventStatus.PROCESSED, EventStatus.IGNORED, EventStatus.FAILED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The part of a machine's row that a step changes. ``waits_for`` and ``context`` are JSON texts."""

    state: str
    status: MachineStatus
    entry: int
    via: str
    list_start: int
    cursor: int
    list_end: int
    attempts: int = 0
    failures: int = 0
    waits_for: str | None = None
    context: str = "{}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """Who runs a machine: pid, the kernel's boot id, systemd's invocation id."""

    pid: int
    boot_id: str
    invocation_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineRow:
    """A machine as stored. Times are microseconds since 1970, UTC."""

    name: str
    place: Place
    definition_hash: str
    config_type: str
    control_path: str | None
    epoch: int
    process: Process | None
    started: int
    last_activity: int
    paused: int | None = None
    """Since when somebody wants it to take up nothing."""
    reset_asked: int | None = None
    """Since when somebody wants it to start over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEvent:
    """An event to be stored. ``payload`` is the JSON text of a map; ``not_before`` 0 or microseconds since 1970."""

    target: str
    type: str
    payload: str = "{}"
    source: str = ""
    job_id: str | None = None
    uid: str | None = None
    not_before: int = 0
    sender_uid: int | None = None
    sender_pid: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxEvent:
    """A pending event."""

    id: int
    source: str
    type: str
    job_id: str | None
    payload: str
    created: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRow:
    """One row of the feed; ``payload`` is the JSON text of a map."""

    id: int
    machine: str
    type: str
    payload: str
    event_id: int | None
    created: int


class Store(Protocol):
    """One connection. Everything but ``transaction``, ``close`` and reads happens inside a transaction.

    Errors: StoreBusy and StoreFull (nothing was stored, trying again is right), StoreError otherwise.
    """

    @property
    def jobs(self) -> Jobs:
        """The queue."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Begin; commit at the end of the block, or roll back where it raises."""
        ...

    def close(self) -> None:
        """Give the connection back; a transaction that is open is rolled back."""
        ...

    # machines ---------------------------------------------------------------------------------------------------------

    def machine(self, name: str) -> MachineRow | None:
        """The machine's row, None if it never ran."""
        ...

    def machines(self) -> list[tuple[str, str, MachineStatus]]:
        """Name, state and status of all machines, by name."""
        ...

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
        ...

    def claim(
        self, name: str, *, digest: str, config_type: str, control_path: str | None, process: Process, now: int
    ) -> int:
        """A new process takes the machine over; returns the new epoch, after which the older ones store nothing."""
        ...

    def leave(self, name: str, epoch: int) -> None:
        """The process of this epoch ends in order: the row has a process no more."""
        ...

    def describe(self, name: str, digest: str, config_type: str) -> None:
        """The machine runs by another definition now."""
        ...

    def keep_definition(self, digest: str, text: str, file: str, now: int) -> None:
        """Keep the text that a machine runs by; one that is kept already stays as it is."""
        ...

    def wishes(self, name: str) -> tuple[bool, bool]:
        """Whether somebody wants the machine to be paused, and whether somebody wants it to start over."""
        ...

    def save(self, name: str, epoch: int, place: Place, now: int) -> None:
        """Store where the machine stands. Raises LockLost if the epoch is no longer the machine's."""
        ...

    def confirm(self, name: str, epoch: int) -> None:
        """Raise LockLost if the epoch is no longer the machine's."""
        ...

    # timers -----------------------------------------------------------------------------------------------------------

    def timers(self, machine: str) -> dict[str, int]:
        """The machine's timers: name and due time."""
        ...

    def set_timer(self, machine: str, name: str, due: int) -> None:
        """Set one timer, in place of the one of this name."""
        ...

    def drop_timer(self, machine: str, name: str) -> None:
        """Forget one timer."""
        ...

    def drop_timers(self, machine: str) -> None:
        """Forget all timers of the machine."""
        ...

    # events -----------------------------------------------------------------------------------------------------------

    def accept(self, event: NewEvent, status: EventStatus, now: int, error: str | None = None) -> tuple[int, bool]:
        """Store an event; returns its id, and True if its uid was known (then nothing was stored)."""
        ...

    def pending(self, target: str, now: int, limit: int) -> list[InboxEvent]:
        """The oldest pending events of a machine that are due, in the order of acceptance."""
        ...

    def pending_of(self, target: str, now: int, types: list[str]) -> list[InboxEvent]:
        """The same (64 at most), of these types alone."""
        ...

    def next_due(self, target: str, now: int) -> int | None:
        """When the next delayed event of a machine is due."""
        ...

    def settle(self, event_id: int, status: EventStatus, now: int, error: str | None = None) -> None:
        """Say what became of a pending event."""
        ...

    def undefer(self, target: str) -> int:
        """Make the deferred events of a machine pending again; returns how many."""
        ...

    def clear(self, target: str, types: list[str] | None, now: int, reason: str) -> int:
        """Mark the open events of a machine (of these types, or all) ignored; returns how many."""
        ...

    def status_of(self, uid: str) -> EventStatus | None:
        """What became of the event of this uid, None if there is none."""
        ...

    def withdraw(self, uid: str, now: int, reason: str) -> None:
        """Take a pending event back, in its sender's name: it is ignored, and the uid may be used anew."""
        ...

    def outbox_targets(self, source: str) -> list[str]:
        """The machines that have pending events from ``source``."""
        ...

    # feed -------------------------------------------------------------------------------------------------------------

    def append(self, machine: str, type: str, payload: str, now: int, event_id: int | None = None) -> int:
        """Add a row to the feed; returns its id."""
        ...

    def last_feed_id(self) -> int:
        """The id of the newest row of the feed, 0 where there is none."""
        ...

    def speaks_of(self, machine: str, after: int, upto: int) -> bool:
        """Whether one of the feed's rows behind the id ``after``, up to ``upto``, is this machine's."""
        ...

    def feed(self, after: int, limit: int) -> list[FeedRow]:
        """The rows of the feed behind the id ``after``, oldest first."""
        ...
