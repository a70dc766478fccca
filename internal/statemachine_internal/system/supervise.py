"""All members of a system, until a signal comes or the last machine has ended."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from typing import TextIO

from statemachine_internal.actions.process import sweep
from statemachine_internal.errors import EX_REFUSED, StateMachineError
from statemachine_internal.runtime.lock import MachineLock

from .manifest import Plan, Planned
from .member import Member
from .speech import Speech

MONITOR, SYSTEM = "monitor", "system"
"""Whose lines are neither of the machines: the monitor's, and the supervisor's own."""
_MONITOR = "statemachine_cmd.ui"
_LIBRARIES = ("fastapi", "uvicorn")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def missing() -> str | None:
    """The name of what the monitor needs and isn't installed; None where it can run."""
    return next((name for name in (_MONITOR, *_LIBRARIES) if find_spec(name) is None), None)


class Supervisor:
    """Runs a plan once, and writes what everybody says to ``stream``."""

    def __init__(self, plan: Plan, debug: bool, stream: TextIO) -> None:
        machines = [machine.name for machine in plan.machines]
        self._name, monitor = _apart(SYSTEM, machines), _apart(MONITOR, machines)
        self._speech = Speech([self._name, monitor, *machines], stream)
        self._plan = plan
        self._machines = [self._member(each.name, _machine_argv(each, debug)) for each in plan.machines]
        self._monitor = self._member(monitor, _monitor_argv(plan.port)) if plan.monitor else None
        self._signals = 0

    async def run(self) -> int:
        """Run everything to its end; returns 0 if every machine ended in order, else 1."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._signalled, number)
        for line in self._plan.warnings:
            self._speech.say(self._name, line)
        monitor = None if self._monitor is None else loop.create_task(self._monitor.run())
        try:
            await asyncio.gather(*(member.run() for member in self._machines))
            if monitor is not None and not monitor.done() and not self._signals:
                self._speech.say(self._name, "no machine runs any more; the monitor stays until Ctrl+C")
            if monitor is not None:
                await monitor
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)
            self._sweep()
        return EX_REFUSED if any(member.status for member in self._machines) else 0

    def _member(self, name: str, argv: Sequence[str]) -> Member:
        return Member(name, argv, partial(self._hear, name))

    def _hear(self, name: str, line: str, about: bool) -> None:
        self._speech.say(self._name if about else name, f"{name} {line}" if about else line)

    def _signalled(self, number: signal.Signals) -> None:
        self._signals += 1
        if self._signals == 1:
            self._speech.say(self._name, f"{number.name}: everything ends in order; once more ends it at once")
        for member in (*self._machines, *([self._monitor] if self._monitor else [])):
            member.stop(signal.SIGTERM if self._signals == 1 else signal.SIGKILL)

    def _sweep(self) -> None:
        """Who was killed has left its commands running (rule P12), and may not come back to end them."""
        for machine, member in zip(self._plan.machines, self._machines, strict=True):
            if member.status == -signal.SIGKILL:
                try:
                    lock = MachineLock(machine.name)
                except StateMachineError:
                    continue  # somebody has started it again, and it has ended them
                try:
                    sweep(machine.name)
                finally:
                    lock.release()


def _apart(name: str, machines: Sequence[str]) -> str:
    """A name of ours, told apart from a machine of that name: no machine's name has brackets."""
    return f"[{name}]" if name in machines else name


def _machine_argv(machine: Planned, debug: bool) -> list[str]:
    argv = [*_python("statemachine_cmd.statemachine"), machine.config, "--machine-name", machine.name]
    if machine.actions_dir is not None:
        argv += ["--actions-dir", machine.actions_dir]
    if machine.context is not None:
        argv += ["--initial-context", machine.context]
    return [*argv, "--debug"] if debug else argv


def _monitor_argv(port: int | None) -> list[str]:
    return [*_python(_MONITOR), "--no-websocket", *(() if port is None else ("--port", str(port)))]


def _python(module: str) -> list[str]:
    return [sys.executable, "-m", module]
