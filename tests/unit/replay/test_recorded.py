"""Reading what happened to a machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from statemachine_internal.replay.recorded import Recorded
from statemachine_internal.store.protocol import EventStatus, NewEvent
from statemachine_internal.store.sqlite import SqliteStore


def move(store: SqliteStore, place: str, to: str, at: int) -> None:
    change = {"from": place, "to": to, "event": "go", "entry": 1}
    with store.transaction():
        store.append("m", "state_change", json.dumps(change), at)


def refuse(store: SqliteStore, state: str, at: int) -> None:
    event = NewEvent(target="m", type="late", payload="{}", source="test")
    with store.transaction():
        store.accept(event, EventStatus.IGNORED, at, f"no transition takes it in state '{state}'")


@pytest.mark.req("G6")
def test_what_happened_comes_in_its_order_even_where_the_clock_was_put_back(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "history.db"))
    move(store, "", "a", 10)
    refuse(store, "a", 20)
    move(store, "a", "b", 30)
    move(store, "b", "c", 5)
    move(store, "c", "d", 40)
    store.close()
    with Recorded(store.path) as recorded:
        found = [(each.from_state, each.to_state) for each in recorded.happenings("m", 0)]
    assert found == [("", "a"), ("a", None), ("a", "b"), ("b", "c"), ("c", "d")]
