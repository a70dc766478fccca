"""Pages get to know that the time of a scheduled job has come, although nothing is stored then."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from statemachine_internal.monitor.app import create_app
from statemachine_internal.monitor.moments import SECOND, now
from statemachine_internal.monitor.settings import Settings
from statemachine_internal.monitor.station import Station
from statemachine_internal.monitor.ui_frames import Shown
from statemachine_internal.monitor.ui_hub import Hub
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.sqlite import SqliteStore
from unit.monitor.called import answer, call


@pytest.mark.req("H4")
@pytest.mark.parametrize("promoted", [False, True], ids=["waits", "was seen by a machine of another type"])
def test_a_job_whose_time_comes_is_pending_on_the_pages(tmp_path: Path, promoted: bool) -> None:
    path = str(tmp_path / "statemachine.db")
    store = SqliteStore(path)

    async def scenario() -> None:
        station = Station(Settings(database=path), None)
        station.start()
        hub = Hub(station)
        hub.enter()
        with store.transaction():
            store.jobs.add(NewJob(id="j", type="upload", run_after=now() + 2 * SECOND), now())
        view, first = await hub.first(Shown(topics=frozenset({"jobs"})), None)
        assert json.loads(first)["job_counts"]["scheduled"] == 1
        rows: list[dict[str, Any]] = []
        counts: dict[str, int] = {}
        async with asyncio.timeout(60):
            while not (rows and counts.get("pending")):
                await asyncio.sleep(0.05)  # nobody rings
                frame = json.loads(hub.frame(view) or "{}")
                rows += frame.get("jobs", [])
                counts = frame.get("job_counts", counts)
                if promoted:
                    with store.transaction():
                        store.jobs.claim("nobody", "other", None, now())
        assert [(row["id"], row["status"]) for row in rows] == [("j", "pending")]
        assert counts["scheduled"] == 0
        hub.close()
        station.close()

    asyncio.run(scenario())
    store.close()


@pytest.mark.req("H3")
def test_a_job_whose_time_has_come_is_pending_wherever_it_is_asked_for(tmp_path: Path) -> None:
    path = str(tmp_path / "statemachine.db")
    store = SqliteStore(path)
    with store.transaction():
        store.jobs.add(NewJob(id="j", type="upload", run_after=now() + 1), now())
    store.close()
    app = create_app(Settings(database=path, any_user=True))
    for query in ("status=pending", "after=0", ""):
        (row,) = answer(call(app, "/api/jobs", query=query))["items"]
        assert row["status"] == "pending"
    assert answer(call(app, "/api/jobs/j"))["status"] == "pending"
    assert answer(call(app, "/api/jobs/counts"))["pending"] == 1
