"""What the monitor reads often looks at a few rows, however many there are: SQLite's plans say so."""

from __future__ import annotations

import re
from pathlib import Path

import apsw
import pytest

from statemachine_internal.store.overview import FEED, MONITOR
from statemachine_internal.store.sqlite import SqliteStore

QUERIES = {
    **{
        name: getattr(MONITOR, name)
        for name in (
            "machines", "machine", "timers", "touched", "entries", "feed_ends", "feed_sequence", "feed_from",
            "feed_down", "feed_up", "event_ends", "events_down", "events_up", "pending", "sent", "job_ends",
            "open_messages", "jobs_to_come", "changed_messages",
            "jobs_down", "jobs_up", "jobs_named", "jobs_at_work", "inbox_depth", "event_times", "job_times",
        )
    },
    "after": FEED.after,
}  # fmt: skip
LONG = ("realtime_events", "machine_events", "jobs", "j")
PARTIAL = ("machine_events_pending", "machine_events_deferred", "jobs_of_machine")
"""Indexes of what is open, which is little; they may be read whole."""


@pytest.mark.req("H3")
@pytest.mark.parametrize("name", QUERIES)
def test_no_long_table_is_read_whole(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / "statemachine.db")
    SqliteStore(path).close()
    connection = apsw.Connection(path)
    sql = QUERIES[name]
    count = max([int(number) for number in re.findall(r"\?(\d+)", sql)] or [sql.count("?")])
    plan = [str(row[3]) for row in connection.cursor().execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * count)]
    connection.close()
    read_whole = [
        step
        for step in plan
        if (found := re.match(r"SCAN (\w+)", step)) and found[1] in LONG and not any(each in step for each in PARTIAL)
    ]
    assert read_whole == [], plan
