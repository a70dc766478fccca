"""Run a machine from Python, with the same durability as the program ``statemachine`` gives it.

engine = StateMachineEngine(machine_name="worker")
await engine.load_config("worker.yaml")
await engine.execute_state_machine()
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any

from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.errors import UsageError
from statemachine_internal.runtime.host import Host
from statemachine_internal.runtime.options import Options
from statemachine_internal.runtime.sources import read_definition

__all__ = ["StateMachineEngine"]


class StateMachineEngine:
    """One machine. Several may run at once in one event loop, under different names.

    The process's signals, its standard ``logging`` and its line to systemd are left to the program.

    Args:
        machine_name: default: ``metadata.machine_name`` of the definition, else the file's name without its ending.
        actions_dir: where custom actions are; default: ``actions/`` beside the definition.
        fresh: start over, instead of going on from where the machine was.
    """

    def __init__(
        self,
        machine_name: str | None = None,
        *,
        actions_dir: str | PathLike[str] | None = None,
        fresh: bool = False,
    ) -> None:
        self.machine_name = machine_name
        self._actions_dir = None if actions_dir is None else fspath(actions_dir)
        self._fresh = fresh
        self._loaded: tuple[str, MachineDefinition, list[str]] | None = None
        self._host: Host | None = None

    async def load_config(self, path: str | PathLike[str]) -> None:
        """Read a definition.

        Raises:
            DefinitionError: it has errors; ``str()`` of it tells them all, with file, line and column.
        """
        file = fspath(path)
        self._loaded = (file, *await asyncio.to_thread(read_definition, file))

    async def execute_state_machine(self, initial_context: Mapping[str, Any] | None = None) -> str:
        """Run the machine until it is in a final state or is stopped; returns which it was.

        Cancelling the task that awaits this stops the machine in order; it goes on from there the next time.

        Args:
            initial_context: the context of a fresh run; a machine that goes on has its own.

        Raises:
            UsageError: no definition was loaded.
            AlreadyRunning: another process, or another engine of this one, runs this machine.
            StateMachineError: what else keeps a machine from running.
        """
        if self._loaded is None:
            raise UsageError("no definition is loaded; call: await engine.load_config(path)")
        path, definition, warnings = self._loaded
        options = Options(
            config=path,
            machine_name=self.machine_name,
            actions_dir=self._actions_dir,
            initial_context=initial_context,
            fresh=self._fresh,
        )
        self._host = Host(options, loaded=(definition, warnings))
        try:
            return await self._host.run()
        finally:
            self._host = None

    def stop(self) -> None:
        """Stop the machine in order: the action at work gets its time. A second call cuts it short."""
        if self._host is not None:
            self._host.stop("stopped")
