"""A database that is locked, or can't be read, is told once, tried again, and loses nobody his place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest

from statemachine_internal.errors import StoreBusy
from statemachine_internal.monitor import feed_reader as reader_module
from statemachine_internal.monitor.feed_reader import FeedReader
from statemachine_internal.monitor.queue_watch import QueueWatch
from statemachine_internal.monitor.source import Readings, Source
from statemachine_internal.store import migrate
from statemachine_internal.store.overview import FeedTuple, Overview
from statemachine_internal.store.sqlite import SqliteStore


class Locked(Source):
    """A database that somebody has to himself for a while."""

    locked = True

    def database(self) -> Overview:
        if self.locked:
            raise StoreBusy("it is locked")
        return super().database()


def database(folder: Path) -> str:
    path = str(folder / "statemachine.db")
    SqliteStore(path).close()
    return path


@pytest.mark.req("H6")
def test_a_lock_that_lasts_is_told_once_and_its_end_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "AGAIN", 0.001)
    monkeypatch.setattr(reader_module, "LOCKED_LONG", 0.01)

    async def scenario() -> None:
        told: asyncio.Queue[str | None] = asyncio.Queue()
        heard: list[list[FeedTuple]] = []
        source = Locked(database(tmp_path))
        reader = FeedReader(
            source,
            None,
            hear=heard.append,
            begin=lambda _: None,
            lost=lambda: None,
            told=lambda: told.put_nowait(reader.problem),
        )
        reader.start()
        assert reader.lock_waits == 1
        assert await asyncio.wait_for(told.get(), 20) == "it is locked"
        assert heard == []
        source.locked = False
        assert await asyncio.wait_for(told.get(), 20) is None
        assert heard == [[]]
        assert told.empty()
        reader.close()

    asyncio.run(scenario())


@pytest.mark.req("H6")
def test_a_database_that_is_locked_is_the_same_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_: apsw.Connection) -> int:
        raise apsw.BusyError("database is locked")

    source = Source(database(tmp_path))
    first = source.database()
    monkeypatch.setattr(migrate, "schema_version", locked)
    assert source.database() is first
    assert source.generation == 1
    source.close()


@pytest.mark.req("H4")
def test_a_job_that_changed_while_the_queue_could_not_be_read_is_read_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "statemachine.db")
    SqliteStore(path).close()
    readings = Readings(path)
    queue = QueueWatch(readings)
    queue.hear([(1, "lamp", "job_removed", '{"job_id": "gone"}', None, 1)])

    def locked(_: object) -> None:
        raise StoreBusy("it is locked")

    with monkeypatch.context() as patch:
        patch.setattr(readings, "read", locked)
        asyncio.run(queue.look(1))
    assert queue.next_look is not None
    asyncio.run(queue.look(2))
    assert queue.removed_since(1) == ["gone"]
