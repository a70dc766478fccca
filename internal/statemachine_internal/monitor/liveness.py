"""Whether the processes of machines live: by their locks, and without asking again until one has ended.

A machine that is killed stores nothing and rings nobody. The kernel says so through a pidfd (pidfd_open(2)), which the
event loop watches. A process whose pid means nothing here, or a machine inside somebody's program, is asked for by the
slow look that the monitor takes while somebody watches.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from statemachine_internal.errors import StateMachineError
from statemachine_internal.runtime.lock import is_alive


class Liveness:
    """The live machines that are watched; ``ended`` is called with the name of one whose process has gone."""

    def __init__(self, ended: Callable[[str], None]) -> None:
        self._ended = ended
        self._watched: dict[str, tuple[int, int]] = {}  # pid and pidfd

    def check(self, machine: str, pid: int | None) -> bool:
        """Whether the machine lives; if so, its end will be told."""
        try:
            alive = is_alive(machine)
        except StateMachineError:  # no process can have a name that none may have
            alive = False
        watched = self._watched.get(machine)
        if watched is not None and (not alive or watched[0] != pid):
            self._forget(machine)
            watched = None
        if alive and pid is not None and watched is None:
            self._watch(machine, pid)
        return alive

    def forget_all(self) -> None:
        for machine in list(self._watched):
            self._forget(machine)

    def _watch(self, machine: str, pid: int) -> None:
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            return
        self._watched[machine] = (pid, handle)
        asyncio.get_running_loop().add_reader(handle, self._gone, machine)

    def _gone(self, machine: str) -> None:
        self._forget(machine)
        self._ended(machine)

    def _forget(self, machine: str) -> None:
        _, handle = self._watched.pop(machine)
        asyncio.get_running_loop().remove_reader(handle)
        os.close(handle)
