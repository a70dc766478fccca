"""Whole processes: what a person at a shell waits for."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from bench.rig import TOGGLE, connect, drive, p50, place, start
from bench.table import Row

ROUNDS = 25


def measure() -> Iterator[Row]:
    """Each command takes turns with ``python -c pass`` of the same interpreter."""
    with place() as workspace:
        machine = start(workspace, "toggle", TOGGLE)
        with connect(workspace, "toggle") as connection:
            drive(connection, 200, 8)
        database = [sys.executable, "-m", "statemachine_cmd.database"]
        commands = {
            "send-event to a running machine": [*database, "send-event", "--target", "toggle", "--type", "flip"],
            "list-events": [*database, "list-events", "--limit", "20"],
            "machine-state": [*database, "machine-state"],
            "transition-history": [*database, "transition-history", "--limit", "20"],
        }
        for what, command in commands.items():
            nothing: list[float] = []
            whole: list[float] = []
            for _ in range(ROUNDS):
                nothing.append(_timed([sys.executable, "-c", "pass"], workspace.env))
                whole.append(_timed(command, workspace.env))
            yield Row(
                what=f"{what}, whole process",
                measured=f"p50 {p50(whole) * 1000:.1f} ms",
                floor=f"python -c pass {p50(nothing) * 1000:.1f} ms",
                ratio=p50(whole) / p50(nothing),
                at_most=3.0,
            )
        machine.stop()


def _timed(command: list[str], env: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
