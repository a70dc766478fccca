"""A search of the past that takes too long says so."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from statemachine_internal.monitor import paging
from statemachine_internal.monitor.app import create_app
from statemachine_internal.monitor.routes import feed
from statemachine_internal.monitor.settings import Settings
from statemachine_internal.store.sqlite import SqliteStore
from support.at_rest import add_at_rest
from unit.monitor.called import answer, call, problem

LATER = "time=2100-01-01T00:00:00Z"


class Clock:
    """A second passes with each look at it."""

    def __init__(self, seconds: int) -> None:
        self._seconds = itertools.chain(range(seconds), itertools.repeat(seconds))

    def monotonic(self) -> float:
        return next(self._seconds)


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A lamp that changed long ago, and a bell that rings."""
    path = str(tmp_path / "statemachine.db")
    store = SqliteStore(path)
    with store.transaction():
        for name in ("lamp", "bell"):
            add_at_rest(store, name)
        store.append("lamp", "state_change", '{"to": "on"}', 1)
        for now in range(2, 100):
            store.append("bell", "state_change", '{"to": "rung"}', now)
    store.close()
    return path


@pytest.mark.req("H3")
@pytest.mark.parametrize("seconds", [0, 60])
def test_what_was_not_found_in_time_is_not_said_to_be_unknown(
    database: str, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    app = create_app(Settings(database=database, any_user=True))
    for module in (feed, paging):
        monkeypatch.setattr(module, "WINDOW", 10)
        monkeypatch.setattr(module, "time", Clock(seconds))
    everywhere = answer(call(app, "/api/at", query=LATER))
    lamp = call(app, "/api/machines/lamp/at", query=LATER)
    names = [machine["name"] for machine in everywhere["machines"]]
    if seconds:
        assert (everywhere["complete"], names) == (False, ["bell"])
        assert "2 s of searching did not find it" in problem(lamp)["detail"]
    else:
        assert (everywhere["complete"], names) == (True, ["bell", "lamp"])
        assert answer(lamp)["state"] == "on"
