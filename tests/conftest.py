"""Fixtures and settings of all tests."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from support.workspace import SOURCE_ROOTS, Running, Workspace, open_workspace, program_argv

# An installed engine is tested as it is installed; without one, the source tree.
if importlib.util.find_spec("statemachine_engine") is None:
    sys.path[:0] = map(str, SOURCE_ROOTS)

# A slow disk is no failure. In CI the examples are the same at every run, so that a failure is the change's; elsewhere
# they are new each time, and a failure prints the line that repeats it.
settings.register_profile("dev", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """A scratch folder with a short path, and the environment for programs that work in it; removed at the end."""
    with open_workspace() as opened:
        yield opened


@pytest.fixture
def program() -> Callable[[str], list[str]]:
    """The start of an argv: ``program("statemachine-db")``."""
    return program_argv


@pytest.fixture
def start(workspace: Workspace) -> Callable[..., Running]:
    """Start a program in the background of the workspace; it is killed at the end of the test if it is still alive."""
    return workspace.start
