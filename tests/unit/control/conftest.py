"""A runtime folder of the test's own, and servers in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from statemachine_internal.control.addresses import control_path, ensure_runtime_dir
from statemachine_internal.control.listen import open_control_socket
from unit.control.served import Served, folder


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with folder() as path:
        monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", path)
        yield ensure_runtime_dir()


@pytest.fixture
def serve(runtime: str) -> Iterator[Callable[..., Served]]:
    """Serve a machine: ``serve("m")``, or ``serve("m", answers=False)`` for a test that replies itself."""
    servers: list[Served] = []

    def start(machine: str = "m", *, answers: bool = True) -> Served:
        path = control_path(machine)
        assert path.startswith(runtime)
        served = Served(open_control_socket(machine), path, answers=answers)
        servers.append(served)
        return served

    yield start
    for served in servers:
        served.stop()
    assert [served.errors for served in servers if served.errors] == []
