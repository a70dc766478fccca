"""Rows of the database as the JSON that clients see: times in ISO 8601, JSON texts as values."""

from __future__ import annotations

import json
import re
from typing import Any

from statemachine_internal.store.overview import FeedTuple, Row

from .moments import iso

encode = json.JSONEncoder(separators=(",", ":")).encode

_TIMES = frozenset(
    {"created", "processed", "not_before", "run_after", "started", "finished", "last_activity", "oldest_pending",
     "next_due", "entered", "due"}
)  # fmt: skip
_TEXTS_OF_JSON = frozenset({"payload", "context", "result", "waits_for", "job"})
_HALF_OF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def shown(row: Row) -> dict[str, Any]:
    """A row as its JSON. What stands in it is left as it is where it is no JSON: ``check`` names that."""
    made: dict[str, Any] = {}
    for key, value in row.items():
        if value is None:
            made[key] = None
        elif key in _TIMES:
            made[key] = iso(value)
        elif key in _TEXTS_OF_JSON:
            made[key] = value_of(value)
        else:
            made[key] = value
    return made


def feed_item(row: Row) -> dict[str, Any]:
    """A row of the feed; its time is its timestamp."""
    return {
        "id": row["id"],
        "type": row["type"],
        "machine_name": row["machine_name"],
        "payload": value_of(row["payload"]),
        "timestamp": iso(row["created"]),
        "event_id": row["event_id"],
    }


def feed_text(row: FeedTuple) -> str:
    """The same as JSON text. The payload is JSON already, and is not read for it."""
    id, machine, type, payload, event_id, created = row
    event = "null" if event_id is None else event_id
    return (
        f'{{"id":{id},"type":{encode(type)},"machine_name":{encode(machine)},"payload":{payload},'
        f'"timestamp":"{iso(created)}","event_id":{event}}}'
    )


def value_of(text: str) -> Any:
    """A JSON text as a value that can be written as UTF-8: half of a surrogate pair becomes a question mark."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if _HALF_OF_A_PAIR.search(text):
        whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        value = json.loads(whole)
    return value
