"""The `bash` action against the cheapest way to spawn the same shell and read its output."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator

from bench.rig import p50, place
from bench.table import Row
from statemachine_internal.actions.bash import BashAction
from statemachine_internal.actions.scope import Scope

ROUNDS = 150
COMMAND = "echo done"


class _Silent:
    def message(self, text: str, level: str) -> None: ...

    def output(self, stream: str, line: str) -> None: ...

    def warning(self, text: str) -> None: ...


def measure() -> Iterator[Row]:
    """Each run of the action takes turns with a bare spawn."""
    with place():
        bare, action = asyncio.run(_run())
    yield Row(
        what="a bash action",
        measured=f"p50 {p50(action) * 1000:.2f} ms",
        floor=f"spawn, read, wait {p50(bare) * 1000:.2f} ms",
        ratio=p50(action) / p50(bare),
        at_most=1.3,
    )


async def _run() -> tuple[list[float], list[float]]:
    bare: list[float] = []
    taken: list[float] = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        subprocess.run(["/bin/bash", "-c", COMMAND], stdin=subprocess.DEVNULL, capture_output=True, check=True)
        bare.append(time.perf_counter() - started)
        scope = Scope(
            machine="bench",
            state="busy",
            action_key=f"bench:1:{number}",
            now=0,
            context={},
            names={},
            volatile={},
            log=_Silent(),
        )
        started = time.perf_counter()
        await BashAction({"type": "bash", "command": COMMAND}).run(scope)
        taken.append(time.perf_counter() - started)
    return bare, taken
