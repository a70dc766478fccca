"""A stage for each crash test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from crash.stage import Signal, Stage, open_stage
from support.workspace import Workspace


@pytest.fixture
def stage(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Machines of one database; what is alive at the end is killed, by its process id."""
    with open_stage(workspace, monkeypatch) as opened:
        yield opened


@pytest.fixture
def signal_pipe(stage: Stage) -> Iterator[Callable[[str], Signal]]:
    """Make a named pipe in the machines' folder: ``signal_pipe("at-work")``."""
    made: list[Signal] = []

    def make(name: str) -> Signal:
        made.append(Signal(stage.folder / name))
        return made[-1]

    yield make
    for pipe in made:
        pipe.close()
