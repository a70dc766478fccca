"""What happened to a machine, read from its history and its inbox."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import apsw

from statemachine_internal.machine.trigger import event_data
from statemachine_internal.store.connection import translated
from statemachine_internal.store.queries import Queries
from statemachine_internal.store.reading import Reading

REPLAY = Queries("replay")
_REFUSED = "no transition takes it in state '"


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """One event, timer or emission that met a machine. Times are microseconds since 1970.

    ``id`` is that of the feed's row, or, where nothing changed, of the event. ``from_state`` is ``""`` where a run
    began. ``to_state`` is None where the event was not taken; ``internal`` says that it was taken and the
    state was kept. ``event`` is the event as conditions see it, empty for what came from inside.
    """

    id: int
    at: int
    from_state: str
    name: str
    to_state: str | None
    internal: bool = False
    event: Mapping[str, Any] = field(default_factory=dict)


class Recorded(Reading):
    """The database, for reading what happened. It is read as it is asked for: a history may be longer than memory."""

    def happenings(self, machine: str, since: int) -> Iterator[Happening]:
        """All that happened to the machine from a time on, oldest first."""
        # What one turn did has one time. A refusal changed nothing, so its place among them is free.
        return heapq.merge(self._changes(machine, since), self._refusals(machine, since), key=lambda each: each.at)

    def knows(self, machine: str) -> bool:
        """Whether a machine of this name has run here."""
        return any(self._read(REPLAY.known, machine))

    def _changes(self, machine: str, since: int) -> Iterator[Happening]:
        return (
            Happening(
                id=id,
                at=at,
                from_state=change["from"],
                name=change["event"],
                to_state=change["to"],
                internal=bool(change.get("internal")),
                event=_event(event_id, type, payload, job_id, source),
            )
            for id, at, text, event_id, type, payload, job_id, source in self._read(REPLAY.changes, machine, since)
            if (change := json.loads(text))
        )

    def _refusals(self, machine: str, since: int) -> Iterator[Happening]:
        return (
            Happening(
                id=id,
                at=at,
                from_state=error.removeprefix(_REFUSED).removesuffix("'"),
                name=type,
                to_state=None,
                event=_event(id, type, payload, job_id, source),
            )
            for id, at, error, type, payload, job_id, source in self._read(REPLAY.refusals, machine, since)
        )

    def _read(self, sql: str, *values: object) -> Iterator[Any]:
        try:
            yield from self._connection.cursor().execute(sql, values)
        except apsw.Error as error:
            raise translated(error, self.path) from error


def _event(id: int | None, type: str, payload: str, job_id: str | None, source: str) -> dict[str, Any]:
    """The event as conditions see it; nothing where the change came from inside, or its event is pruned."""
    return {} if id is None else event_data(type, json.loads(payload), id=id, job_id=job_id, source=source)
