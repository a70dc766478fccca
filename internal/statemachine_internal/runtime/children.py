"""The processes of the machines that this one starts by ``start_fsm``, and of those whose end it waits for.

::

    a turn's commit ──▶ start ──▶ unit?  ring at its socket, else systemctl start ──▶ refused? a process
                           └────▶ else   a process of its own
                    ──▶ watch ──▶ pidfd of the process in the child's row
                                     └──▶ it ends: this machine is woken, and looks at the child's row

A child is a machine of its own. Nothing here ends one; when this machine ends, its children go on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from statemachine_internal.actions.scope import Child, End
from statemachine_internal.runtime.live import Machine
from statemachine_internal.runtime.options import Options
from statemachine_internal.store.protocol import Process

if TYPE_CHECKING:
    import subprocess

    from statemachine_internal.runtime.draft import Draft

_left: list[subprocess.Popen[bytes]] = []  # children that nobody looks at any more; to be reaped some time


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """A process that is watched; ``started`` is set where it was started here, ``action_key`` by which action."""

    pid: int
    descriptor: int  # a pidfd (pidfd_open(2), Linux 5.3)
    unit: bool
    started: subprocess.Popen[bytes] | None = None
    action_key: str | None = None


class ChildProcesses:
    """Starts and watches processes of other machines; ``wake`` is called when one of them has ended."""

    def __init__(
        self, machine: Machine, options: Options, loop: asyncio.AbstractEventLoop, wake: Callable[[], None]
    ) -> None:
        self._machine, self._options, self._loop, self._wake = machine, options, loop, wake
        self._held: dict[str, _Held] = {}
        self._ends: dict[str, End] = {}
        self._after: dict[str, Child] = {}  # to be started when the process of an earlier run has ended
        self._asking: dict[str, tuple[subprocess.Popen[bytes], int]] = {}  # systemctl, and its pidfd

    def holds(self, name: str) -> bool:
        """Whether a process of that machine is watched, and not known to have ended."""
        return name in self._held

    def end_of(self, name: str) -> End | None:
        """How the last process of that machine ended, if it was watched."""
        return self._ends.get(name)

    def start(self, child: Child) -> None:
        """Start it, unless that is under way already. What goes wrong is told by ``end_of``."""
        held = self._held.get(child.name)
        if held is not None:
            if held.action_key != child.action_key:
                self._after[child.name] = child
            return
        if child.name in self._asking:
            return
        self._ends.pop(child.name, None)
        # What deals with processes weighs a megabyte, which a machine without children need not carry.
        from statemachine_internal.runtime import launching

        if not launching.can_be_unit(self._machine, child):
            self._start_process(child)
        elif not launching.is_heard(child):
            self._ask_systemd(child)

    def watch(self, name: str, process: Process) -> None:
        """Wake this machine when the process of another one ends."""
        held = self._held.get(name)
        if held is not None and held.pid == process.pid:
            return
        if held is not None:
            self._let_go(name)
        self._ends.pop(name, None)
        try:
            self._hold(name, process.pid, unit=process.invocation_id is not None)
        except ProcessLookupError:
            self._ends[name] = End(how="its process is gone", unit=process.invocation_id is not None)
            self._wake()
        except OSError as error:
            self._machine.log.warning(f"the end of machine '{name}' can't be watched: {error.strerror}")

    def close(self) -> None:
        """Look at none of them any more; they go on."""
        for name in [*self._held]:
            self._let_go(name)
        for asking, descriptor in self._asking.values():
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
            if asking.stdout is not None:
                asking.stdout.close()
            _left.append(asking)
        self._asking.clear()
        self._after.clear()

    # a process of its own

    def _start_process(self, child: Child) -> None:
        from statemachine_internal.runtime import launching

        _left[:] = [process for process in _left if process.poll() is None]
        try:
            process = launching.start_process(self._machine, self._options, child)
        except (OSError, ValueError) as error:
            self._ends[child.name] = End(how=f"its process can't be started: {error}", unit=False)
            self._wake()
            return
        try:
            self._hold(child.name, process.pid, unit=False, started=process, action_key=child.action_key)
        except OSError as error:  # no descriptor is left: it runs all the same
            _left.append(process)
            self._machine.log.warning(f"the end of machine '{child.name}' can't be watched: {error.strerror}")

    def _hold(
        self,
        name: str,
        pid: int,
        *,
        unit: bool,
        started: subprocess.Popen[bytes] | None = None,
        action_key: str | None = None,
    ) -> None:
        descriptor = os.pidfd_open(pid)
        self._held[name] = _Held(pid=pid, descriptor=descriptor, unit=unit, started=started, action_key=action_key)
        self._loop.add_reader(descriptor, self._ended, name)

    def _let_go(self, name: str) -> _Held:
        held = self._held.pop(name)
        self._loop.remove_reader(held.descriptor)
        os.close(held.descriptor)
        if held.started is not None and held.started.poll() is None:
            _left.append(held.started)
        return held

    def _ended(self, name: str) -> None:
        held = self._let_go(name)
        status = None if held.started is None else held.started.poll()
        self._ends[name] = End(how=_how(status), unit=held.unit)
        if (child := self._after.pop(name, None)) is not None:
            self.start(child)
        self._wake()

    # a unit

    def _ask_systemd(self, child: Child) -> None:
        from statemachine_internal.runtime import launching

        try:
            asking = launching.ask_systemd(child)
        except OSError as error:
            self._not_as_unit(child, str(error))
            return
        descriptor = os.pidfd_open(asking.pid)
        self._asking[child.name] = asking, descriptor
        self._loop.add_reader(descriptor, self._answered, child)

    def _answered(self, child: Child) -> None:
        asking, descriptor = self._asking.pop(child.name)
        self._loop.remove_reader(descriptor)
        os.close(descriptor)
        said, _ = asking.communicate()
        if asking.returncode:
            self._not_as_unit(child, said.decode("utf-8", "replace").strip().split("\n")[0])

    def _not_as_unit(self, child: Child, why: str) -> None:
        self._machine.log.warning(
            f"machine '{child.name}' can't be started as a unit, and is started as a process of its own: {why}"
        )
        self._start_process(child)


class DeferredChildren:
    """The same for an action in an open transaction: what it wants done is done after the commit."""

    __slots__ = ("_draft",)

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def start(self, child: Child) -> None:
        """Start it once the transaction has committed, unless that is under way already."""
        if (children := self._draft.machine.children) is not None:
            self._draft.effects.processes.append(partial(children.start, child))

    def watch(self, name: str, process: Process) -> None:
        """Wake this machine when the process of another one ends."""
        if (children := self._draft.machine.children) is not None:
            self._draft.effects.processes.append(partial(children.watch, name, process))

    def holds(self, name: str) -> bool:
        """Whether a process of that machine is watched, and not known to have ended."""
        children = self._draft.machine.children
        return children is not None and children.holds(name)

    def end_of(self, name: str) -> End | None:
        """How the last process of that machine ended, if it was watched."""
        children = self._draft.machine.children
        return None if children is None else children.end_of(name)


def _how(status: int | None) -> str:
    if status is None:
        return "its process ended"
    if status < 0:
        return f"its process was killed by signal {-status}"
    return f"its process ended with status {status}"
