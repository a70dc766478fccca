"""A machine that has nothing to do: its memory, its wake-ups, and how long it takes to come up."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.rig import TOGGLE, connect, drive, p50, place, start
from bench.table import Row

STARTS = 9
REST_SECONDS = 10.0
RSS_BUDGET_MB = 30.0
START_BUDGET_MS = 300.0


def measure() -> Iterator[Row]:
    """The floor of a memory row is the budget itself, and that of a start a bare interpreter."""
    with place() as workspace:
        machine = start(workspace, "toggle", TOGGLE)
        with connect(workspace, "toggle") as connection:
            drive(connection, 1000, 8)
        before = _settled(machine.pid)
        time.sleep(REST_SECONDS)
        wakes = (_switches(machine.pid) - before) / REST_SECONDS
        rss = _rss_mb(machine.pid)
        machine.stop()
        yield Row(
            what="machine at rest, resident memory",
            measured=f"{rss:.1f} MB",
            floor=f"{RSS_BUDGET_MB:.0f} MB",
            ratio=rss / RSS_BUDGET_MB,
            at_most=1.0,
        )
        yield Row(
            what="machine at rest, wake-ups a second", measured=f"{wakes:.2f}", floor="0", ratio=wakes, at_most=0.0
        )
        bare: list[float] = []
        starts: list[float] = []
        for number in range(STARTS):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", "pass"], check=True)
            bare.append(time.perf_counter() - began)
            began = time.perf_counter()
            machine = start(workspace, f"new{number}", TOGGLE)
            with connect(workspace, f"new{number}") as connection:
                drive(connection, 1, 1)
            starts.append(time.perf_counter() - began)
            machine.stop()
        took = p50(starts) * 1000
        yield Row(
            what="from the start of a process to its first committed transition",
            measured=f"p50 {took:.0f} ms",
            floor=f"python -c pass {p50(bare) * 1000:.1f} ms; budget {START_BUDGET_MS:.0f} ms",
            ratio=took / START_BUDGET_MS,
            at_most=1.0,
        )


def _settled(pid: int) -> int:
    """The count once the end of the connection has been dealt with."""
    before = -1
    while (now := _switches(pid)) != before:
        before = now
        time.sleep(0.5)
    return now


def _rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("bench: the kernel tells no VmRSS")


def _switches(pid: int) -> int:
    """How often the process went to sleep, and so was woken."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("voluntary_ctxt_switches:"):
            return int(line.split()[1])
    raise SystemExit("bench: the kernel tells no context switches")
