"""The fixture ``bench``; a test module asks for it with ``pytest_plugins = ("support.bench_fixture",)``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.bench import Bench
from support.workspace import Workspace


@pytest.fixture
def bench(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Machines inside the test's own process."""
    made = Bench(workspace, monkeypatch)
    yield made
    made.close()
