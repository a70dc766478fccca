"""What an action may see and touch. The runtime makes one for each run of an action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from statemachine_internal.store.protocol import Process, Store


class ActionLog(Protocol):
    """Where the words of an action go."""

    def message(self, text: str, level: str) -> None:
        """A line for people: to the journal and, at once, to the activity log of the UI.

        ``level`` is info, warning, error, success or debug.
        """
        ...

    def output(self, stream: str, line: str) -> None:
        """A line that a command printed; ``stream`` is stdout or stderr."""
        ...

    def warning(self, text: str) -> None:
        """Something that the administrator should know, for the journal alone."""
        ...


def nobody(_percent: object) -> None:
    """Who hears of progress where there is no job."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """A machine that another one starts. ``config`` and ``actions_dir`` are paths from the parent's definition.

    ``action_key`` is that of the action which starts it.
    """

    name: str
    action_key: str
    config: str | None = None
    actions_dir: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """How a process ended, in words. Who runs as a ``unit`` is started again by systemd where that is right."""

    how: str
    unit: bool


class Children(Protocol):
    """The processes of the machines that this one starts, and waits for."""

    def start(self, child: Child) -> None:
        """Start it once the transaction has committed, unless that is under way already."""
        ...

    def watch(self, name: str, process: Process) -> None:
        """Wake this machine when the process of another one ends."""
        ...

    def holds(self, name: str) -> bool:
        """Whether a process of that machine is watched, and not known to have ended."""
        ...

    def end_of(self, name: str) -> End | None:
        """How the last process of that machine ended, if it was watched."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The surroundings of one run of one action.

    ``context`` is the machine's stored context and must not be changed; ``names`` is what placeholders may name: the
    context and the names that are always there. ``now`` is microseconds since 1970. ``due``, for an instant action,
    is the time that an earlier ``Outcome.wait_until`` of this very action asked for, and is stored, so it survives a
    restart. ``volatile`` holds what JSON can't carry, for this process's life. ``report_progress`` takes how far the
    machine's job has come, 0 to 100, from any thread; it raises ActionError for what is no such number.
    """

    machine: str
    state: str
    action_key: str
    now: int
    context: Mapping[str, Any]
    names: Mapping[str, Any]
    volatile: MutableMapping[str, Any]
    log: ActionLog
    job_id: str | None = None
    due: int | None = None
    report_progress: Callable[[object], None] = nobody


@dataclass(frozen=True, kw_only=True, slots=True)
class InstantScope(Scope):
    """The same inside the step's open transaction.

    ``ring`` wakes a machine once the transaction has committed; ``feed(type, payload, event_id)`` adds a row to the
    feed; ``tell_job(type, payload)`` does so for what became of a job, and writes it into the log; ``is_alive`` tells
    whether a machine's process holds its lock; ``children`` are the processes of other machines.
    """

    store: Store
    ring: Callable[[str], None]
    tell_job: Callable[[str, Mapping[str, Any]], object]
    feed: Callable[[str, Mapping[str, Any], int | None], int]
    is_alive: Callable[[str], bool]
    children: Children
