"""What machines send each other, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from statemachine_internal.store.overview import MONITOR, Overview, Row

MOST = 1000
"""New messages that are read at once, and messages not yet at their end that are followed: of more, the newest."""
OPEN = frozenset({"pending", "deferred"})


@dataclass(frozen=True)
class Known:
    """The id of the last event that was read, if any was, and the statuses of the messages that are open, by id."""

    last: int | None = None
    open: Mapping[int, str] = field(default_factory=dict)


def news_since(database: Overview, known: Known, longest: int) -> tuple[Known, list[Row]]:
    """What is known now, and the messages that came or changed; a payload that is longer is left out of its row."""
    _, last = database.event_ends()
    if known.last is None:
        return Known(last, {row["id"]: row["status"] for row in database.rows(MONITOR.open_messages, MOST)}), []
    changed = database.rows(MONITOR.changed_messages, json.dumps(known.open), longest) if known.open else []
    news = [*changed, *reversed(database.rows(MONITOR.sent, known.last, longest, MOST))]
    statuses = {**known.open, **{row["id"]: row["status"] for row in news}}
    still_open = sorted(id for id, status in statuses.items() if status in OPEN)[-MOST:]
    return Known(max([last, *(row["id"] for row in news)]), {id: statuses[id] for id in still_open}), news
