"""Pages get to know what becomes of a message, however long that takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from statemachine_internal.monitor import message_watch, queue_watch
from statemachine_internal.monitor.queue_watch import QueueWatch
from statemachine_internal.monitor.settings import Settings
from statemachine_internal.monitor.source import Readings
from statemachine_internal.monitor.station import Station
from statemachine_internal.monitor.ui_frames import Shown
from statemachine_internal.monitor.ui_hub import Hub
from statemachine_internal.store.protocol import EventStatus, NewEvent
from statemachine_internal.store.sqlite import SqliteStore
from support.at_rest import add_at_rest

Send = Callable[..., int]


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "statemachine.db")


@pytest.fixture
def store(path: str) -> Iterator[SqliteStore]:
    """A database with a machine that writes to itself."""
    opened = SqliteStore(path)
    with opened.transaction():
        add_at_rest(opened, "lamp")
    yield opened
    opened.close()


@pytest.fixture
def send(store: SqliteStore) -> Send:
    def sent(status: EventStatus = EventStatus.PENDING) -> int:
        with store.transaction():
            return store.accept(NewEvent(target="lamp", source="lamp", type="flip"), status, 1)[0]

    return sent


def settle(store: SqliteStore, id: int, status: EventStatus = EventStatus.PROCESSED) -> None:
    with store.transaction():
        store.settle(id, status, 2)


def look(queue: QueueWatch, number: int) -> None:
    asyncio.run(queue.look(number))


def told(queue: QueueWatch, number: int) -> list[tuple[int, str]]:
    """The id and the status of each message that pages get to know after a beat."""
    rows: list[dict[str, Any]] = [json.loads(text) for _, _, text in queue.messages_since(number)]
    return [(row["id"], row["status"]) for row in rows]


@pytest.mark.req("H4")
def test_what_becomes_of_a_message_is_told_however_late(path: str, store: SqliteStore, send: Send) -> None:
    queue = QueueWatch(Readings(path))
    look(queue, 1)
    first, second = send(), send()
    look(queue, 2)
    assert told(queue, 1) == [(first, "pending"), (second, "pending")]
    settle(store, second, EventStatus.DEFERRED)
    look(queue, 3)
    assert told(queue, 2) == [(second, "deferred")]
    with store.transaction():
        store.undefer("lamp")
    settle(store, first)
    look(queue, 4)
    assert told(queue, 3) == [(first, "processed"), (second, "pending")]
    settle(store, second, EventStatus.IGNORED)
    look(queue, 5)
    look(queue, 6)
    assert told(queue, 4) == [(second, "ignored")]


@pytest.mark.req("H4")
def test_what_was_open_before_anybody_looked_is_told_as_well(path: str, store: SqliteStore, send: Send) -> None:
    open_before = [send(), send(EventStatus.DEFERRED)]
    settle(store, send())
    queue = QueueWatch(Readings(path))
    look(queue, 1)
    assert told(queue, 0) == []
    for id in open_before:
        settle(store, id)
    look(queue, 2)
    assert told(queue, 1) == [(id, "processed") for id in open_before]


@pytest.mark.req("H4")
def test_of_too_many_messages_the_newest_are_followed(
    path: str, store: SqliteStore, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_watch, "MOST", 3)
    before = [send() for _ in range(5)]
    queue = QueueWatch(Readings(path))
    look(queue, 1)
    after = [send() for _ in range(5)]
    look(queue, 2)
    assert told(queue, 1) == [(id, "pending") for id in after[-3:]]
    for id in before + after:
        settle(store, id)
    look(queue, 3)
    assert told(queue, 2) == [(id, "processed") for id in after[-3:]]


@pytest.mark.req("H4")
def test_what_came_while_nobody_looked_is_followed(
    path: str, store: SqliteStore, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_watch, "MOST", 3)
    queue = QueueWatch(Readings(path))
    look(queue, 1)
    queue.rest()
    waiting = send()
    for _ in range(5):
        settle(store, send())
    look(queue, 2)
    settle(store, waiting)
    look(queue, 3)
    assert told(queue, 2) == [(waiting, "processed")]


@pytest.mark.req("H4")
def test_a_page_that_missed_something_is_told_to_load_anew(
    path: str, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_watch, "KEPT", 3)

    async def scenario() -> None:
        station = Station(Settings(database=path), None)
        station.start()
        hub = Hub(station)
        hub.enter()
        prompt, late = [(await hub.first(Shown(), None))[0] for _ in range(2)]

        for _ in range(6):
            send()
            frame: dict[str, Any] = {}
            while "messages" not in frame:
                station.look()
                await asyncio.sleep(0.01)
                frame = json.loads(hub.frame(prompt) or "{}")
                assert "full" not in frame
        assert json.loads(hub.frame(late) or "{}")["full"]
        hub.close()
        station.close()

    asyncio.run(scenario())
