"""A machine on a real database, to run actions in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from statemachine_internal.store.sqlite import SqliteStore
from unit.actions.surroundings import Surroundings


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Surroundings]:
    store = SqliteStore(str(tmp_path / "statemachine.db"))
    yield Surroundings(store=store)
    store.close()
