"""What happened to a machine, read from its history and its inbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from statemachine_internal.machine.trigger import event_data
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
    """The database, for reading what happened."""

    def happenings(self, machine: str, since: int) -> list[Happening]:
        """All that happened to the machine from a time on, oldest first."""
        found = [*self._changes(machine, since), *self._refusals(machine, since)]
        # What one turn did has one time. A refusal changed nothing, so its place among them is free.
        return sorted(found, key=lambda each: each.at)

    def _changes(self, machine: str, since: int) -> list[Happening]:
        return [
            Happening(
                id=id,
                at=at,
                from_state=change["from"],
                name=change["event"],
                to_state=change["to"],
                internal=bool(change.get("internal")),
                event=_event(event_id, type, payload, job_id, source),
            )
            for id, at, text, event_id, type, payload, job_id, source in self._values(REPLAY.changes, machine, since)
            if (change := json.loads(text))
        ]

    def _refusals(self, machine: str, since: int) -> list[Happening]:
        return [
            Happening(
                id=id,
                at=at,
                from_state=error.removeprefix(_REFUSED).removesuffix("'"),
                name=type,
                to_state=None,
                event=_event(id, type, payload, job_id, source),
            )
            for id, at, error, type, payload, job_id, source in self._values(REPLAY.refusals, machine, since)
        ]


def _event(id: int | None, type: str, payload: str, job_id: str | None, source: str) -> dict[str, Any]:
    """The event as conditions see it; nothing where the change came from inside, or its event is pruned."""
    return {} if id is None else event_data(type, json.loads(payload), id=id, job_id=job_id, source=source)
