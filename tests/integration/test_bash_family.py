"""No process outlives its action, whatever it did to get away, and nobody else's is touched."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from statemachine_internal.actions import process_family
from statemachine_internal.actions.bash import BashAction
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import Scope
from statemachine_internal.errors import ActionError
from support.workspace import program_environment

pytestmark = pytest.mark.req("P12")

# Each prints the pids of what it starts, one a line, and never waits for it.
RUNAWAYS = {
    "background": "sleep 60 & echo $!",
    "background without our pipes": "sleep 60 >/dev/null 2>&1 & echo $!",
    "orphan": "(sleep 60 & echo $!)",
    "nohup": "nohup sleep 60 & echo $!",
    "session": "setsid sh -c 'echo $$; exec sleep 60' & read -t 5 < /dev/null",
    "orphan in a session": "(setsid sleep 60 & echo $!)",
    "daemon": "(setsid sh -c 'sleep 60 >/dev/null 2>&1 </dev/null & echo $!')",
    "job control": "set -m; sleep 60 & echo $!",
    "family": "(setsid sh -c 'sleep 60 & echo $!; echo $$; wait' &)",
    "deaf": "(trap '' TERM; sleep 60 & echo $!)",
    "deaf orphan in a session": "(setsid sh -c 'trap \"\" TERM; sleep 60 & echo $!; echo $$; wait' &)",
    "stopped": "sleep 60 & echo $!; kill -STOP $!",
    "without a mark": "(env -i sleep 60 & echo $!)",
    "session without a mark": "(env -i setsid sleep 60 & echo $!)",
    "a dead parent without a mark": "(env -i sh -c 'sleep 60 & echo $!')",
}


class Log:
    """Lets a test wait for the first so many lines of output."""

    def __init__(self, awaited: int = 1) -> None:
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self.printed = asyncio.Event()
        self._awaited = awaited

    def message(self, text: str, level: str) -> None:
        raise AssertionError(f"{level}: {text}")

    def output(self, stream: str, line: str) -> None:
        assert stream in {"stdout", "stderr"}
        self.lines.append(line)
        if len(self.lines) >= self._awaited:
            self.printed.set()

    def warning(self, text: str) -> None:
        self.warnings.append(text)


def scope_of(log: Log, machine: str = "worker") -> Scope:
    key = f"{machine}:7:0"
    return Scope(machine=machine, state="s", action_key=key, now=0, context={}, names={}, volatile={}, log=log)


async def run(command: str, log: Log, *, timeout: float = 30, machine: str = "worker") -> Outcome:
    return await BashAction({"command": command, "timeout": timeout}).run(scope_of(log, machine))


def alive(pids: list[str]) -> list[str]:
    """Those that still are, zombies included."""
    found: list[str] = []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), 0)
            found.append(pid)
    return found


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_family, "GRACE", 0.3)


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    yield
    with pytest.raises(ChildProcessError):
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)


@pytest.mark.parametrize("command", RUNAWAYS.values(), ids=RUNAWAYS)
def test_what_a_command_leaves_behind_ends_with_it(command: str) -> None:
    async def main() -> None:
        # A shell may end before its child has said its pid; the child is found by other means then.
        log = Log()
        outcome = await run(command + "; true", log)
        assert outcome.event == "job_done"
        assert alive([line for line in log.lines if line.isdecimal()]) == []
        assert log.warnings == []

    asyncio.run(main())


@pytest.mark.req("C2")
@pytest.mark.parametrize("command", RUNAWAYS.values(), ids=RUNAWAYS)
def test_at_the_timeout_all_end(command: str) -> None:
    async def main() -> None:
        log = Log()
        with pytest.raises(ActionError, match=r"^command timed out after 0\.3 s$") as caught:
            await run(f"{command}; echo $$; sleep 60; true", log, timeout=0.3)
        pids = [line for line in log.lines if line.isdecimal()]
        assert len(pids) >= 2
        assert alive(pids) == []
        assert caught.value.details["last_error_exit_code"] in {143, 137}

    asyncio.run(main())


@pytest.mark.req("C2")
@pytest.mark.parametrize("command", RUNAWAYS.values(), ids=RUNAWAYS)
def test_when_cancelled_all_end_before_the_cancellation_is_heard(command: str) -> None:
    async def main() -> None:
        log = Log(awaited=2)
        task = asyncio.ensure_future(run(f"{command}; echo $$; sleep 60; true", log))
        await log.printed.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert alive([line for line in log.lines if line.isdecimal()]) == []

    asyncio.run(main())


@pytest.mark.req("C2")
def test_sleepers_in_front_and_behind_end_at_the_timeout() -> None:
    async def main() -> None:
        log = Log()
        with pytest.raises(ActionError):
            await run("sleep 60 & echo $!; sleep 60", log, timeout=0.2)
        assert alive(log.lines) == []

    asyncio.run(main())


@pytest.mark.req("C2")
def test_a_deaf_command_is_killed_after_the_grace() -> None:
    async def main() -> None:
        log = Log()
        with pytest.raises(ActionError) as caught:
            await run("trap '' TERM; while :; do sleep 60 & echo $!; wait; done", log, timeout=0.2)
        assert caught.value.details["last_error_exit_code"] == 128 + signal.SIGKILL
        assert alive(log.lines) == []

    asyncio.run(main())


@pytest.mark.req("C2")
def test_a_command_may_use_the_grace_to_tidy_up() -> None:
    async def main() -> None:
        log = Log()
        with pytest.raises(ActionError) as caught:
            await run("trap 'echo tidied; exit 4' TERM; echo on; sleep 60 & wait", log, timeout=0.2)
        assert log.lines == ["on", "tidied"]
        assert caught.value.details["last_output"] == "on\ntidied"
        assert caught.value.details["last_error_exit_code"] == 4

    asyncio.run(main())


def test_a_second_cancellation_cuts_the_grace_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_family, "GRACE", 60)

    async def main() -> None:
        log = Log(awaited=3)
        command = "trap 'echo heard' TERM; sleep 60 & echo $!; echo $$; while :; do wait; done"
        task = asyncio.ensure_future(run(command, log))
        while len(log.lines) < 2:
            await asyncio.sleep(0)
        task.cancel()
        await log.printed.wait()  # SIGTERM came, and was ignored
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 20)
        assert alive(log.lines[:2]) == []

    asyncio.run(main())


@pytest.mark.req("C2")
def test_the_end_of_a_pipeline_behind_the_shell_has_its_say() -> None:
    async def main() -> None:
        log = Log()
        await run("exec > >(sed 's/^/> /'); echo last words", log)
        assert log.lines == ["> last words"]

    asyncio.run(main())


def test_children_of_others_in_the_same_process_are_left_alone() -> None:
    own = subprocess.Popen(["sleep", "60"])
    leader = subprocess.Popen(["sleep", "60"], start_new_session=True)
    ended = subprocess.Popen(["sh", "-c", "exit 3"])
    ended_leader = subprocess.Popen(["sh", "-c", "exit 4"], start_new_session=True)
    try:
        for process in (ended, ended_leader):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

        async def main() -> None:
            await run("(setsid sleep 60 &); sleep 60 &", Log())
            with pytest.raises(ActionError):
                await run("sleep 60", Log(), timeout=0.1)

        asyncio.run(main())
        assert (own.poll(), leader.poll()) == (None, None)
        assert (ended.wait(), ended_leader.wait()) == (3, 4)
    finally:
        for process in (own, leader):
            process.kill()
            process.wait()


def test_two_commands_side_by_side_end_only_their_own() -> None:
    async def main() -> None:
        # Two databases, one machine's name in both: the same action key, and yet not the same run.
        log = Log()
        lasting = asyncio.ensure_future(run("(setsid sleep 60 & echo $!); read -t 60 <> <(:); sleep 60", log))
        await log.printed.wait()
        await run("(setsid sleep 60 &); true", Log())
        assert alive(log.lines) == log.lines
        assert not lasting.done()
        lasting.cancel()
        await asyncio.gather(lasting, return_exceptions=True)
        assert alive(log.lines) == []

    asyncio.run(main())


def test_it_works_in_a_loop_outside_the_main_thread() -> None:
    outcomes: list[Outcome] = []

    async def main() -> None:
        outcomes.append(await run("(setsid sleep 60 & echo $!)", Log()))

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join(30)
    assert outcomes[0].event == "job_done"
    assert alive([str(outcomes[0].changes["last_output"])]) == []


def test_orphans_are_inherited_while_a_command_runs_and_only_then() -> None:
    def is_subreaper() -> bool:
        value = ctypes.c_int(0)
        assert ctypes.CDLL(None).prctl(37, ctypes.byref(value), 0, 0, 0) == 0  # PR_GET_CHILD_SUBREAPER
        return value.value == 1

    async def main() -> None:
        log = Log()
        task = asyncio.ensure_future(run("echo on; sleep 60", log))
        await log.printed.wait()
        assert is_subreaper()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert not is_subreaper()


@pytest.mark.parametrize(
    "daemon",
    [
        "(setsid sh -c 'exec 9>{fifo}' &)",  # leads a session of its own
        "(setsid sh -c '(exec 9>{fifo}; true) & exit 0')",  # is in one whose leader is gone
        "(env -i /bin/setsid /bin/sh -c 'exec 9>{fifo}' &)",
    ],
)
def test_an_orphan_that_ended_before_the_command_is_reaped(daemon: str, tmp_path: Path) -> None:
    fifo = tmp_path / "ended"
    os.mkfifo(fifo)
    asyncio.run(run(f"{daemon.format(fifo=fifo)}; cat {fifo}", Log()))


def test_without_a_brand_the_mark_still_finds_them() -> None:
    # The limit can't be raised again, so a process of its own lowers it.
    code = """
import asyncio, resource, sys
sys.path[:0] = sys.argv[1:]
from test_bash_family import Log, alive, run
resource.setrlimit(10, (5, 5))
command = "read pid < <(setsid sh -c 'echo $$; exec sleep 60 >/dev/null'); echo $pid"
outcome = asyncio.run(run(command, Log()))
print(alive([outcome.changes["last_output"]]), resource.getrlimit(10))
"""
    here = Path(__file__).parent
    argv = [sys.executable, "-c", code, str(here), str(here.parent)]
    done = subprocess.run(argv, env=program_environment(Path("/tmp")), capture_output=True, text=True, check=True)
    assert done.stdout == "[] (5, 5)\n"


def test_the_brand_is_the_commands_alone() -> None:
    async def main() -> None:
        before = resource.getrlimit(10)
        first = (await run("ulimit -x", Log())).changes["last_output"]
        second = (await run("ulimit -x", Log())).changes["last_output"]
        assert len({first, second, "unlimited"}) == 3
        assert resource.getrlimit(10) == before

    asyncio.run(main())
