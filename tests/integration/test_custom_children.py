"""The processes that a custom action starts, and leaves behind (rule P12)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from statemachine_internal.actions.process import sweep
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: busy
transitions:
  - {from: busy, to: rest, event: done}
  - {from: busy, to: rest, event: error}
  - {from: busy, to: rest, event: halt, interrupt: true}
actions: {busy: [{type: act, do: work}]}
"""
LASTS = ["/bin/sleep", "1000"]
DAEMON = "setsid /bin/sh -c 'sleep 1000 >/dev/null & echo $!' </dev/null 2>/dev/null"
STUBBORN = "trap '' TERM; echo ready; while :; do sleep 1000; done"


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid_of(process: Process | int) -> int:
    return process if isinstance(process, int) else process.pid


def rest(bench: Bench, started: Sequence[Process | int] = ()) -> None:
    """Run the machine to its rest, and until asyncio knows of the end of its processes, a moment after it."""

    async def scenario() -> None:
        async with bench.run(TEXT, signals=True):
            await bench.until(lambda: bench.rests_in("rest"))
        for one in started:
            if isinstance(one, Process):
                await one.communicate()

    bench.play(scenario())


async def by_asyncio() -> Process:
    return await asyncio.create_subprocess_exec(*LASTS)


def popen() -> int:
    process = subprocess.Popen(LASTS)
    process.returncode = 0  # or Python would say, once nobody has it any more, that it is still running
    return process.pid


async def by_subprocess() -> int:
    return popen()


async def in_a_thread() -> int:
    return await asyncio.to_thread(popen)


async def as_a_daemon() -> int:
    process = await asyncio.create_subprocess_shell(DAEMON, stdout=subprocess.PIPE)
    assert process.stdout is not None
    pid = int(await process.stdout.readline())
    await process.wait()
    return pid


async def deaf_to_sigterm() -> Process:
    process = await asyncio.create_subprocess_exec("/bin/sh", "-c", STUBBORN, stdout=subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    return process


@pytest.mark.req("P12")
@pytest.mark.parametrize("start", [by_asyncio, by_subprocess, in_a_thread, as_a_daemon, deaf_to_sigterm])
@pytest.mark.parametrize("raises", [False, True], ids=["returns", "raises"])
def test_what_a_custom_action_leaves_behind_ends_with_it(
    bench: Bench, start: Any, raises: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[Process | int] = []

    async def work(_: dict[str, Any]) -> str:
        started.append(await start())
        if raises:
            raise RuntimeError("no")
        return "done"

    bench.acts["work"] = work
    rest(bench, started)
    assert not lives(pid_of(started[0]))
    assert "it left a process running, which was ended" in capsys.readouterr().err


@pytest.mark.req("P12")
def test_what_a_cancelled_action_waits_for_ends_with_it(bench: Bench) -> None:
    begun: asyncio.Queue[Process] = asyncio.Queue()

    async def work(_: dict[str, Any]) -> str:
        process = await asyncio.create_subprocess_exec(*LASTS)
        begun.put_nowait(process)
        await process.wait()
        return "done"

    async def scenario() -> None:
        bench.acts["work"] = work
        async with bench.run(TEXT, signals=True) as run:
            process = await begun.get()
            await run.send("halt")
            await bench.until(lambda: bench.rests_in("rest"))
        assert not lives(process.pid)
        await process.wait()

    bench.play(scenario())


@pytest.mark.req("P12")
def test_what_was_waited_for_costs_no_word_and_what_was_there_before_stays(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work(_: dict[str, Any]) -> str:
        await (await asyncio.create_subprocess_exec("/bin/true")).wait()
        return "done"

    with subprocess.Popen(LASTS) as other:
        try:
            bench.acts["work"] = work
            rest(bench)
            assert other.poll() is None
        finally:
            other.kill()
    assert "left a process" not in capsys.readouterr().err
    assert "STATEMACHINE_RUN" not in os.environ


@pytest.mark.req("P12")
def test_an_action_that_says_so_keeps_its_processes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from support.acts import ActAction

    monkeypatch.setattr(ActAction, "keeps_processes", True)
    started: list[subprocess.Popen[bytes]] = []

    async def work(_: dict[str, Any]) -> str:
        started.append(subprocess.Popen(LASTS))
        return "done"

    bench.acts["work"] = work
    rest(bench)
    with started[0] as process:
        assert process.poll() is None
        process.kill()


@pytest.mark.req("P12")
def test_a_program_that_runs_a_machine_among_other_things_keeps_its_processes(bench: Bench) -> None:
    started: list[subprocess.Popen[bytes]] = []

    async def work(_: dict[str, Any]) -> str:
        started.append(subprocess.Popen(LASTS))
        return "done"

    async def scenario() -> None:
        bench.acts["work"] = work
        async with bench.run(TEXT):
            await bench.until(lambda: bench.rests_in("rest"))

    bench.play(scenario())
    with started[0] as process:
        assert process.poll() is None
        process.kill()


@pytest.mark.req("P12")
def test_what_multiprocessing_keeps_for_itself_stays(bench: Bench) -> None:
    from multiprocessing import resource_tracker, shared_memory

    pids: list[int] = []

    async def work(_: dict[str, Any]) -> str:
        memory = shared_memory.SharedMemory(create=True, size=16)
        pids.append(resource_tracker._resource_tracker._pid)  # type: ignore[attr-defined]
        memory.close()
        memory.unlink()
        return "done"

    bench.acts["work"] = work
    rest(bench)
    assert lives(pids[0])
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]


@pytest.mark.req("P12", "P6")
def test_what_a_killed_machine_left_of_a_custom_action_is_found_by_the_sweep(bench: Bench) -> None:
    seen: list[int] = []

    async def work(context: dict[str, Any]) -> str:
        assert context["machine_name"] == "m"
        code = "import subprocess; print(subprocess.Popen(['sleep', '1000'], stdout=2, start_new_session=True).pid)"
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE)
        said, _ = await process.communicate()
        assert lives(int(said))
        seen.append(sweep("m"))  # as the next start does
        assert not lives(int(said))
        return "done"

    bench.acts["work"] = work
    rest(bench)
    assert seen == [1]
