"""Following the feed of this host by its rows."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from statemachine_internal.feed.tail import Tail
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
