"""Each invariant is broken by hand, and found."""

from __future__ import annotations

import json
import os
from pathlib import Path

import apsw
import pytest

from statemachine_internal.store import migrate
from statemachine_internal.store.connection import NoDatabase, connect
from statemachine_internal.store.invariants import INVARIANTS, check

EVENT = """INSERT INTO machine_events (id, uid, source, target, type, payload, status, not_before, created, processed)
           VALUES (?, ?, 'cli', ?, 'go', '{}', ?, 0, 1, ?)"""
FEED = (
    "INSERT INTO realtime_events (id, machine_name, event_type, payload, event_id, created) VALUES (?, ?, ?, ?, ?, 1)"
)
MACHINE = """INSERT INTO machine_state VALUES
             (?, ?, ?, NULL, NULL, ?, 'go', 0, 1, 1, 0, 0, '["job"]', '{}', 'h', 'worker', NULL, 1, NULL, NULL, NULL,
              1, 1)"""


def change(frm: str, to: str, entry: int, **more: object) -> str:
    return json.dumps({"from": frm, "to": to, "event": "go", "entry": entry} | more)


def healthy(path: str) -> apsw.Connection:
    """Two machines with a history, an event of each fate, and a timer."""
    connection = connect(path)
    execute = connection.cursor().execute
    execute(MACHINE, ("worker", "busy", "waiting", 3))
    execute(MACHINE, ("other", "idle", "running", 1))
    for row in (
        (1, "u1", "worker", "processed", 2),
        (2, "u2", "worker", "pending", None),
        (3, None, "worker", "deferred", None),
        (4, None, "worker", "ignored", 2),
        (5, "u5", "ui", "processed", 2),
        (6, "u6", "worker", "processed", 2),
    ):
        execute(EVENT, row)
    for feed in (
        (1, "worker", "state_change", change("", "idle", 1), None),
        (2, "other", "state_change", change("", "idle", 1), None),
        (3, "worker", "state_change", change("idle", "busy", 3), 1),
        (4, "worker", "state_change", change("busy", "busy", 3, internal=True), 6),
        (5, "cli", "activity_log", "{}", None),
    ):
        execute(FEED, feed)
    execute("INSERT INTO machine_timers VALUES ('worker', 'timeout', 9)")
    return connection


# What breaks it, and the complaint.
BREAKS = {
    "event_payload_malformed": (
        "UPDATE machine_events SET payload = '{' WHERE id = 2",
        "the payload of event 2 (to worker) is not JSON",
    ),
    "feed_payload_malformed": (
        "UPDATE realtime_events SET payload = '{' WHERE id = 3",
        "the payload of feed row 3 (of worker) is not JSON",
    ),
    "context_malformed": (
        "UPDATE machine_state SET context = 'x' WHERE machine_name = 'other'",
        "the context of machine other is not JSON",
    ),
    "waits_for_malformed": (
        "UPDATE machine_state SET waits_for = '[' WHERE machine_name = 'other'",
        "what machine other waits for is not JSON",
    ),
    "event_status_unknown": (
        "UPDATE machine_events SET status = 'odd' WHERE id = 2",
        "event 2 (to worker) has the status odd, which there is not",
    ),
    "machine_status_unknown": (
        "UPDATE machine_state SET status = 'odd' WHERE machine_name = 'other'",
        "machine other has the status odd, which there is not",
    ),
    "finished_with_work": (
        "UPDATE machine_state SET status = 'finished', cursor = 0 WHERE machine_name = 'other'",
        'machine other is finished, and at action 0 of 1, waiting for ["job"]',
    ),
    "event_settled_without_time": (
        "UPDATE machine_events SET processed = NULL WHERE id = 4",
        "event 4 (to worker) is ignored, and has no time of it",
    ),
    "event_open_with_time": (
        "UPDATE machine_events SET processed = 5 WHERE id = 2",
        "event 2 (to worker) is pending, and has a time of processing",
    ),
    "event_processed_without_trace": (
        "UPDATE realtime_events SET event_id = NULL WHERE id = 3",
        "event 1 (to worker) is processed, and no feed row shows what it did",
    ),
    "event_open_with_trace": (
        "UPDATE machine_events SET status = 'pending', processed = NULL WHERE id = 1",
        "event 1 (to worker) is pending, and feed row 3 shows that it was taken",
    ),
    "event_applied_twice": (
        "UPDATE realtime_events SET event_id = 1 WHERE id = 4",
        "event 1 brought 2 changes of state (machine worker)",
    ),
    "cursor_beyond_list": (
        "UPDATE machine_state SET cursor = 2 WHERE machine_name = 'worker'",
        "machine worker is at action 2 of a list from 0 to 1",
    ),
    "entry_out_of_order": (
        "UPDATE realtime_events SET payload = json_set(payload, '$.entry', 2) WHERE id = 4",
        "machine worker: feed row 4 is of entry 2, after entry 3",
    ),
    "state_not_as_in_history": (
        "UPDATE machine_state SET current_state = 'idle' WHERE machine_name = 'worker'",
        "machine worker is in idle (entry 3), and its last change of state led to busy (entry 3)",
    ),
    "timer_of_nobody": (
        "INSERT INTO machine_timers VALUES ('ghost', 'timeout', 9)",
        "timer timeout belongs to machine ghost, which there is not",
    ),
    "timer_of_finished": (
        "UPDATE machine_state SET status = 'finished', waits_for = NULL WHERE machine_name = 'worker'",
        "timer timeout belongs to machine worker, which is finished",
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "a.db")


def complaints(path: str, name: str) -> list[str]:
    return [message for invariant, message in check(path, 50)[1] if invariant == name]


@pytest.mark.req("G7")
def test_a_sound_database_is_found_sound_and_left_alone(path: str) -> None:
    healthy(path).close()
    before = Path(path).read_bytes()
    assert check(path, 50) == ({"machines": 2, "events": 6, "feed_rows": 5, "timers": 1, "jobs": 0}, [])
    assert Path(path).read_bytes() == before


@pytest.mark.req("G7")
def test_an_empty_database_is_sound(path: str) -> None:
    connect(path).close()
    assert check(path, 50)[1] == []


@pytest.mark.req("G7")
@pytest.mark.parametrize("name", sorted(BREAKS))
def test_a_broken_row_is_found(path: str, name: str) -> None:
    connection = healthy(path)
    connection.cursor().execute("PRAGMA ignore_check_constraints = ON")
    connection.cursor().execute("PRAGMA foreign_keys = OFF")
    statement, message = BREAKS[name]
    connection.cursor().execute(statement)
    connection.close()
    assert complaints(path, name) == [message]


@pytest.mark.req("G7")
def test_every_invariant_is_broken_by_a_test() -> None:
    assert {*BREAKS, "event_uid_twice"} == {name for name, _ in INVARIANTS}


@pytest.mark.req("G7")
def test_a_uid_that_two_events_have_is_found(path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The table can't hold it; so make one that can.
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name in migrate.MIGRATIONS:
        text = (Path(migrate.__file__).parent / "migrations" / name).read_text(encoding="utf-8")
        loose = text.replace("uid        TEXT UNIQUE", "uid        TEXT")
        (folder / name).write_text(loose, encoding="utf-8")
    monkeypatch.setattr(migrate, "_FOLDER", os.fspath(folder))
    connection = healthy(path)
    connection.cursor().execute("UPDATE machine_events SET uid = 'u1' WHERE id = 2")
    connection.close()
    assert complaints(path, "event_uid_twice") == ["the uid u1 belongs to 2 events"]


@pytest.mark.req("P2")
@pytest.mark.parametrize(
    ("entry", "internal"),
    [
        pytest.param(2, False, id="went back"),
        pytest.param(3, False, id="came again"),
        pytest.param(4, True, id="an internal one moved on"),
    ],
)
def test_an_entry_that_breaks_the_order_is_found(path: str, entry: int, internal: bool) -> None:
    connection = healthy(path)
    more = {"internal": True} if internal else {}
    connection.cursor().execute(FEED, (6, "worker", "state_change", change("busy", "busy", entry, **more), None))
    connection.close()
    assert complaints(path, "entry_out_of_order") == [f"machine worker: feed row 6 is of entry {entry}, after entry 3"]


@pytest.mark.req("G7")
def test_a_reference_to_nothing_and_a_broken_index_are_found_by_sqlite(path: str) -> None:
    connection = healthy(path)
    connection.cursor().execute("PRAGMA foreign_keys = OFF")
    connection.cursor().execute("INSERT INTO machine_timers VALUES ('ghost', 'timeout', 9)")
    # An index that no longer is what its definition says: rows that it ought to hold are missing in it.
    connection.cursor().execute("PRAGMA writable_schema = ON")
    connection.cursor().execute(
        "UPDATE sqlite_schema SET sql = replace(sql, '''pending''', '''ignored''') "
        "WHERE name = 'machine_events_pending'"
    )
    connection.close()
    assert len(complaints(path, "foreign_key")) == 1
    assert complaints(path, "integrity") != []


@pytest.mark.req("G7")
def test_so_many_complaints_of_one_kind_are_given(path: str) -> None:
    connection = healthy(path)
    for number in range(10, 20):
        connection.cursor().execute(EVENT, (number, None, "worker", "processed", 2))
    connection.close()
    assert len(check(path, 3)[1]) == 3


def test_without_a_database_there_is_nothing_to_check(path: str) -> None:
    with pytest.raises(NoDatabase):
        check(path, 50)
    assert not os.path.exists(path)
