"""Machines that other machines started: no test leaves one behind."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from statemachine_internal.actions.process_table import all_processes, environment_of
from support.workspace import Workspace


def offspring(workspace: Workspace) -> list[int]:
    """The processes that work on the workspace's database, those that the test started itself included."""
    mark = f"STATEMACHINE_DATABASE={workspace.database}".encode()
    return [pid for pid in all_processes() if pid != os.getpid() and mark in environment_of(pid)]


@contextmanager
def no_offspring_left(workspace: Workspace) -> Iterator[None]:
    """At the end, kill what still works on the workspace's database, each by its process id."""
    try:
        yield
    finally:
        for running in workspace.running:
            running.kill()
        while found := offspring(workspace):
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    descriptor = os.pidfd_open(pid)
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                    os.close(descriptor)
