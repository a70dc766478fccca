"""The drivers of the Store, and rows to begin with. A new driver is a line in ``DRIVERS``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process, Store
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import ROOT, SOURCE_ROOTS

DRIVERS: dict[str, Callable[[str], Store]] = {"sqlite": SqliteStore}

NOW = 1_700_000_000_000_000
SECOND = 1_000_000
PROCESS = Process(pid=4711, boot_id="boot-1", invocation_id="invocation-1")


def place(
    state: str = "idle",
    *,
    status: MachineStatus = MachineStatus.RUNNING,
    entry: int = 1,
    cursor: int = 0,
    list_end: int = 0,
    context: str = "{}",
) -> Place:
    return Place(
        state=state,
        status=status,
        entry=entry,
        via="start",
        list_start=0,
        cursor=cursor,
        list_end=list_end,
        context=context,
    )


def create(store: Store, name: str = "worker", where: Place | None = None) -> int:
    with store.transaction():
        return store.create(
            name, where or place(), digest="d1", config_type="worker", control_path=None, process=PROCESS, now=NOW
        )


def claim(store: Store, name: str = "worker", process: Process = PROCESS) -> int:
    with store.transaction():
        return store.claim(
            name, digest="d2", config_type="worker", control_path="/x.sock", process=process, now=NOW + 1
        )


def accept(store: Store, target: str = "worker", type: str = "go", **fields: object) -> int:
    with store.transaction():
        event_id, _ = store.accept(NewEvent(target=target, type=type, **fields), EventStatus.PENDING, NOW)  # type: ignore[arg-type]
    return event_id


def pending(store: Store, target: str = "worker", now: int = NOW) -> list[str]:
    return [event.type for event in store.pending(target, now, 100)]


def contender(driver: str, role: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """A process that says "ready", waits for a line on its standard input, and plays a role of ``contender.py``."""
    path = os.pathsep.join(map(str, [*SOURCE_ROOTS, ROOT / "tests"]))
    return subprocess.Popen(
        [sys.executable, "-m", "conformance.contender", driver, role, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def heard(process: subprocess.Popen[str]) -> str:
    """The next line that it says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    """Let it go on."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def together(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Let all begin at once; returns what each said at its end, and fails if one failed."""
    for process in processes:
        assert heard(process) == "ready", process.communicate()
    for process in processes:
        tell(process)
    said = []
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        said.append(output.strip())
    return said
