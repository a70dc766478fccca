"""Whatever happened, and however much is pruned: what stays is sound, and what goes is old."""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import apsw
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statemachine_internal.store.connection import connect
from statemachine_internal.store.invariants import check
from statemachine_internal.store.pruning import Pruning

MACHINES = ("a", "b", "c")
EVENT = """INSERT INTO machine_events (source, target, type, payload, status, not_before, created, processed)
           VALUES ('cli', ?, 'go', '{}', ?, 0, ?, ?)"""
FEED = "INSERT INTO realtime_events (machine_name, event_type, payload, event_id, created) VALUES (?, ?, ?, ?, ?)"
MACHINE = """INSERT INTO machine_state VALUES
             (?, 's', 'waiting', NULL, NULL, ?, 'go', 0, 0, 0, 0, 0, NULL, '{}', 'h', 'c', NULL, 1, NULL, NULL, NULL,
              1, 1)"""


@dataclass(frozen=True)
class Step:
    """One thing that happened. The clock goes on by ``later``, and back where that is negative."""

    what: str
    machine: str
    later: int


WHAT = ["change", "timer", "internal", "taken", "ignored", "failed", "pending", "deferred", "log", "shown", "error"]
STEPS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(WHAT),
        machine=st.sampled_from(MACHINES),
        later=st.integers(-9, 10),
    ),
    max_size=40,
)


def lived(path: str, steps: list[Step]) -> int:
    """Write a history as machines write it; returns the last time in it."""
    connection = connect(path)
    execute = connection.cursor().execute
    now, entries = 1000, defaultdict[str, int](int)
    execute("BEGIN")

    def event(target: str, status: str, processed: int | None) -> int:
        execute(EVENT, (target, status, now - 2, processed))
        return connection.last_insert_rowid()

    def row(machine: str, type: str, event_id: int | None, **payload: Any) -> None:
        execute(FEED, (machine, type, json.dumps(payload), event_id, now))

    for step in steps:
        now = max(1, now + step.later)
        what, machine = step.what, step.machine
        if what in ("change", "timer", "internal"):
            id = None if what == "timer" else event(machine, "processed", now)
            stays = what == "internal" and entries[machine] > 0
            entries[machine] += not stays
            more = {"internal": True} if stays else {}
            row(machine, "state_change", id, **{"from": "s", "to": "s", "entry": entries[machine]}, **more)
            row(machine, "error", id, error="late")
        elif what == "taken":
            row(machine, "event_taken", event(machine, "processed", now))
        elif what in ("ignored", "failed"):
            event(machine, what, now)
        elif what in ("pending", "deferred"):
            event(machine, what, None)
        elif what == "shown":
            row("cli", "activity_log", event("ui", "processed", now))
        else:
            row(machine, "activity_log" if what == "log" else "error", None, text="x")
    for machine, entry in entries.items():
        execute(MACHINE, (machine, entry))
    execute("COMMIT")
    connection.close()
    return now


def rows(path: str, query: str) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(path)
    found = connection.cursor().execute(query).fetchall()
    connection.close()
    return found


EVENTS = "SELECT id, status, processed FROM machine_events ORDER BY id"
FEED_ROWS = "SELECT id, machine_name, event_type, event_id, created FROM realtime_events ORDER BY id"


@pytest.mark.req("G7")
@pytest.mark.req("P2")
@example(  # the second change is old, and the first isn't: the clock was set back
    steps=[Step(what, "a", later) for what, later in (("timer", 50), ("timer", -50), ("internal", 0), ("timer", 50))],
    age=20,
    chunk=5,
)
@given(steps=STEPS, age=st.integers(-2, 60), chunk=st.integers(1, 5))
def test_a_database_is_sound_after_any_pruning(steps: list[Step], age: int, chunk: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.db")
        before = lived(path, steps) - age
        assert check(path, 50)[1] == []
        events, feed = rows(path, EVENTS), rows(path, FEED_ROWS)

        def sound(_: float) -> None:
            assert check(path, 50)[1] == []  # at any moment, and not only at the end

        with Pruning(path, before, pause=sound) as pruning:
            pruning._rows = chunk
            counted = pruning.count()
            assert (rows(path, EVENTS), rows(path, FEED_ROWS)) == (events, feed)
            deleted = pruning.delete()
            assert pruning.delete() == (0, 0)
        assert deleted == counted
        left_events, left = rows(path, EVENTS), rows(path, FEED_ROWS)
        assert deleted == (len(events) - len(left_events), len(feed) - len(left))

        assert left_events == [event for event in events if event[2] is None or event[2] >= before]
        known = {event[0] for event in left_events}
        stay = [row for row in feed if row[4] >= before or row[3] in known]
        newest = {row[1]: row for row in feed if row[2] == "state_change"}
        first = {row[1]: row for row in reversed(stay) if row[2] == "state_change"}
        begins = {machine: first.get(machine, row)[0] for machine, row in newest.items()}
        assert left == [row for row in feed if row in stay or (row[2] == "state_change" and row[0] >= begins[row[1]])]
        assert check(path, 50)[1] == []
