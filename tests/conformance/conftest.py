"""A store of each driver, empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from conformance.drivers import DRIVERS
from statemachine_internal.store.protocol import Store
from support.workspace import Workspace


@pytest.fixture(params=sorted(DRIVERS))
def driver(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def path(workspace: Workspace) -> str:
    return str(workspace.database)


@pytest.fixture
def open_store(driver: str, path: str) -> Iterator[Callable[[], Store]]:
    """Opens one more connection to the same database; all are closed at the end."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(DRIVERS[driver](path)))


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()
