"""What clients are shown is of one database, whenever another one takes its place, and no older than asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import apsw
import pytest

from statemachine_internal.monitor import greeting as greeting_module
from statemachine_internal.monitor.greeting import Greetings
from statemachine_internal.monitor.queue_watch import QueueWatch
from statemachine_internal.monitor.settings import Settings
from statemachine_internal.monitor.station import Station
from statemachine_internal.monitor.ui_frames import Shown
from statemachine_internal.monitor.ui_hub import Hub
from statemachine_internal.store.sqlite import SqliteStore
from support.at_rest import add_at_rest


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A database with a machine, a row and a job."""
    found = str(tmp_path / "statemachine.db")
    store = SqliteStore(found)
    with store.transaction():
        add_at_rest(store, "lamp")
        store.append("lamp", "job_added", '{"job_id": "j"}', 1)
    store.close()
    return found


def running(path: str, scenario: Callable[[Station], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario beside a station that follows the database."""

    async def run() -> None:
        station = Station(Settings(database=path), None)
        station.start()
        try:
            await scenario(station)
        finally:
            station.close()

    asyncio.run(run())


def removed(path: str) -> None:
    for file in Path(path).parent.glob("statemachine.db*"):
        file.unlink()


@pytest.mark.req("H4")
def test_a_database_that_goes_during_a_beat_leaves_nothing_in_its_frame(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(station: Station) -> None:
        hub = Hub(station)
        view, first = await hub.first(Shown(), None)
        assert json.loads(first)["last_id"] == 1
        look = QueueWatch.look

        async def gone_during(queue: QueueWatch, number: int) -> None:
            if Path(path).exists():
                removed(path)
                station.look()
            await look(queue, number)

        monkeypatch.setattr(QueueWatch, "look", gone_during)
        hub.enter()
        station.look()
        while (text := hub.frame(view)) is None:
            await asyncio.sleep(0)
        frame = json.loads(text)
        assert (frame["full"], frame["machines"], frame["last_id"]) == (True, [], 0)
        hub.close()

    running(path, scenario)


@pytest.mark.req("H4")
def test_jobs_of_the_database_before_are_not_shown_in_the_next(path: str) -> None:
    async def scenario(station: Station) -> None:
        queue = QueueWatch(station.readings)
        queue.hear([(1, "lamp", "job_added", '{"job_id": "j"}', None, 1)])
        await queue.look(1)
        assert queue.removed_since(0) == ["j"]
        queue.hear([(1, "lamp", "job_added", '{"job_id": "k"}', None, 1)])
        looking = asyncio.create_task(queue.look(2))
        await asyncio.sleep(0)
        queue.forget()
        await looking
        assert queue.removed_since(0) == []

    running(path, scenario)


@pytest.mark.req("H2")
def test_who_asks_for_all_machines_anew_is_not_told_of_one_that_is_gone(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(station: Station) -> None:
        monkeypatch.setattr(greeting_module, "BEAT", 0.3)
        greetings = Greetings(station)
        assert "lamp" in (await greetings.greeting()).text
        connection = apsw.Connection(path)
        connection.cursor().execute("DELETE FROM machine_state")
        connection.close()
        assert "lamp" in (await greetings.greeting()).text
        both = await asyncio.gather(greetings.greeting(fresh=True), greetings.greeting(fresh=True))
        assert "lamp" not in both[0].text
        assert both[0] is both[1]

    running(path, scenario)
