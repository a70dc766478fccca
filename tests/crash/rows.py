"""What the rows say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from statemachine_internal.store.connection import NoDatabase, connect


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """An event as stored."""

    id: int
    source: str
    target: str
    type: str
    status: str
    payload: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A row of the history."""

    id: int
    before: str
    after: str
    event: str
    entry: int
    internal: bool
    event_id: int | None
    created: int


class Rows:
    """A reader of the database at ``path``; made anew for each question, so that threads may share it."""

    def __init__(self, path: str) -> None:
        self.path = path

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query; none if there is no database yet."""
        try:
            connection = connect(self.path, readonly=True)
        except NoDatabase:
            return []
        try:
            return connection.cursor().execute(sql, values).fetchall()
        finally:
            connection.close()

    def change(self, sql: str, *values: Any) -> None:
        """Change rows, as no program would: to turn a clock, for instance."""
        connection = connect(self.path)
        try:
            connection.cursor().execute(sql, values).fetchall()
        finally:
            connection.close()

    def events(self, target: str | None = None) -> list[EventRow]:
        """All events (of a target), in the order of acceptance."""
        found = self.ask("SELECT id, source, target, type, status, payload FROM machine_events ORDER BY id")
        return [
            EventRow(id=id, source=source, target=to, type=type, status=status, payload=json.loads(payload))
            for id, source, to, type, status, payload in found
            if target in (None, to)
        ]

    def changes(self, machine: str) -> list[Change]:
        """The history of a machine, oldest first."""
        found = self.ask(
            "SELECT id, payload, event_id, created FROM realtime_events"
            " WHERE machine_name = ? AND event_type = 'state_change' ORDER BY id",
            machine,
        )
        return [
            Change(
                id=id,
                before=said["from"],
                after=said["to"],
                event=said["event"],
                entry=said["entry"],
                internal=said.get("internal", False),
                event_id=event_id,
                created=created,
            )
            for id, said, event_id, created in ((i, json.loads(p), e, c) for i, p, e, c in found)
        ]

    def errors(self, machine: str) -> list[dict[str, Any]]:
        """The error history of a machine, oldest first."""
        sql = "SELECT payload FROM realtime_events WHERE machine_name = ? AND event_type = 'error' ORDER BY id"
        return [json.loads(payload) for (payload,) in self.ask(sql, machine)]

    def machine(self, name: str) -> dict[str, Any]:
        """The machine's row, context decoded; empty if there is none."""
        columns = "current_state, status, entry, cursor, list_end, attempts, failures, epoch, context, definition_hash"
        for row in self.ask(f"SELECT {columns} FROM machine_state WHERE machine_name = ?", name):
            found: dict[str, Any] = dict(zip(columns.split(", "), row, strict=True))
            found["context"] = json.loads(found["context"])
            return found
        return {}

    def state(self, name: str) -> str | None:
        """Where a machine is."""
        return self.machine(name).get("current_state")

    def context(self, name: str) -> dict[str, Any]:
        """What a machine remembers."""
        found: dict[str, Any] = self.machine(name).get("context", {})
        return found

    def pending(self) -> int:
        """How many events are open."""
        found = self.ask("SELECT count(*) FROM machine_events WHERE status IN ('pending', 'deferred')")
        return int(found[0][0]) if found else 0

    def at_rest(self, *machines: str) -> bool:
        """Whether nothing is open, and these machines (one at least) wait with nothing left to do."""
        found = self.ask(
            "SELECT (SELECT count(*) FROM machine_events WHERE status IN ('pending', 'deferred')),"
            " (SELECT count(*) FROM machine_state WHERE status = 'waiting' AND cursor = list_end"
            "  AND machine_name IN (SELECT value FROM json_each(?)))",
            json.dumps(machines),
        )
        return found == [(0, len(machines))]
