"""What a bash action costs beside the bare shell. ``pytest -s`` prints it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from statistics import median

import pytest

from statemachine_internal.actions.bash import BashAction
from statemachine_internal.actions.scope import Scope

RUNS = 100
SHELL = ["/bin/bash", "-c", "true"]


class Log:
    def message(self, text: str, level: str) -> None:
        raise AssertionError(f"{level}: {text}")

    def output(self, stream: str, line: str) -> None:
        raise AssertionError(f"{stream}: {line}")

    def warning(self, text: str) -> None:
        raise AssertionError(text)


def by_posix_spawn() -> None:
    os.waitpid(os.posix_spawn(SHELL[0], SHELL, os.environ), 0)


def by_popen() -> None:
    null = subprocess.DEVNULL
    subprocess.Popen(SHELL, stdin=null, stdout=null, stderr=null).wait()


async def by_action() -> None:
    scope = Scope(machine="m", state="s", action_key="m:1:0", now=0, context={}, names={}, volatile={}, log=Log())
    await BashAction({"type": "bash", "command": "true"}).run(scope)


@pytest.mark.req("C2")
@pytest.mark.skipif(not os.access(SHELL[0], os.X_OK), reason="there is no bash")
def test_an_action_costs_little_more_than_its_shell() -> None:
    async def main() -> dict[str, list[float]]:
        times: dict[str, list[float]] = {"posix_spawn": [], "Popen": [], "action": []}
        await by_action()
        for _ in range(RUNS):  # in turn, so that a busy host is busy for all
            for name, start in (("posix_spawn", by_posix_spawn), ("Popen", by_popen)):
                began = time.perf_counter()
                start()
                times[name].append(time.perf_counter() - began)
            began = time.perf_counter()
            await by_action()
            times["action"].append(time.perf_counter() - began)
        return times

    times = asyncio.run(main())
    for name, taken in times.items():
        print(f"{name}: p50 {median(taken) * 1000:.3f} ms, best {min(taken) * 1000:.3f} ms")
    floor = min(times["posix_spawn"] + times["Popen"])
    print(f"action / cheapest: best {min(times['action']) / floor:.2f}")
    # The budget is 1.3, and `make bench` measures it; here, on a host that runs other tests too, a blunder shall show.
    assert min(times["action"]) < 2 * floor
