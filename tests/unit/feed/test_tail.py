"""Following the feed of this host by its rows."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from statemachine_internal.feed.tail import Tail
from statemachine_internal.store import reading
from statemachine_internal.store.connection import connect
from statemachine_internal.store.sqlite import SqliteStore


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    runtime = tempfile.mkdtemp(prefix="sm-", dir="/tmp")
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", runtime)
    yield str(tmp_path / "feed.db")
    shutil.rmtree(runtime)


def append(store: SqliteStore, count: int) -> None:
    with store.transaction():
        for _ in range(count):
            store.append("m", "activity_log", '{"message": "x", "level": "info"}', 1)


@pytest.mark.req("I3")
def test_a_feed_that_grows_as_fast_as_it_is_read_ends_with_the_time(database: str) -> None:
    store = SqliteStore(database)
    append(store, 3)
    with Tail(database, 0) as tail:
        shown = []
        for row in tail.follow(time.monotonic()):
            shown.append(row.id)
            append(store, 1)
            assert len(shown) < 10
    store.close()
    assert shown == [1, 2, 3]


@pytest.mark.req("I3")
def test_a_backup_that_is_put_in_its_place_while_it_is_opened_is_seen(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, count in ((database, 3), (f"{database}.backup", 1)):
        store = SqliteStore(path)
        append(store, count)
        store.close()

    def connected_just_before(path: str, *, readonly: bool, busy_limit: float | None) -> object:
        connection = connect(path, readonly=readonly, busy_limit=busy_limit)
        if os.path.exists(f"{database}.backup"):
            for end in ("-wal", "-shm"):
                Path(database + end).unlink(missing_ok=True)
            os.replace(f"{database}.backup", database)
        return connection

    monkeypatch.setattr(reading, "connect", connected_just_before)
    with Tail(database, None) as tail:
        assert list(tail.follow(time.monotonic())) == []
        store = SqliteStore(database)
        append(store, 1)
        store.close()
        assert [row.id for row in tail.follow(time.monotonic())] == [2]
