"""The connections: to the database that is at the path now, and brought up to date without holding the loop up."""

from __future__ import annotations

from pathlib import Path

import pytest

from statemachine_internal.errors import StoreBusy
from statemachine_internal.monitor import source as source_module
from statemachine_internal.monitor.source import Readings, Source
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "statemachine.db")


@pytest.mark.req("H6")
def test_the_connection_is_to_what_stands_there_now(path: str) -> None:
    source = Source(path)
    with pytest.raises(NoDatabase):
        source.database()
    SqliteStore(path).close()
    first = source.database()
    assert source.database() is first
    assert source.generation == 1
    for file in Path(path).parent.glob("statemachine.db*"):
        file.unlink()
    SqliteStore(path).close()
    assert source.database() is not first
    assert source.generation == 2
    source.close()


@pytest.mark.req("H6")
def test_an_older_database_is_brought_up_to_date_beside_the_loop(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    SqliteStore(path).close()
    older = [True]
    monkeypatch.setattr(source_module, "is_of_an_older_version", lambda _: older.pop() if older else False)
    source = Source(path)
    with pytest.raises(StoreBusy, match="brought up to date"):
        source.database()
    upgrade = source._upgrade
    assert upgrade is not None
    upgrade.join()
    source.database()
    source.close()


@pytest.mark.req("H6")
def test_a_connection_is_used_again_and_closed_after_an_error(path: str) -> None:
    SqliteStore(path).close()
    readings = Readings(path)
    with readings.database() as first:
        pass
    with readings.database() as second, readings.database() as third:
        assert first is second
        assert third is not second
    with pytest.raises(KeyError), readings.database():
        raise KeyError
    readings.close()
    with readings.database() as fresh:
        assert fresh not in (first, third)
    readings.close()
