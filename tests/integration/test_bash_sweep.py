"""After kill -9 of a machine's process, what its command left running is found and ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from statemachine_internal.actions.process import marker, sweep
from support.workspace import Workspace

pytestmark = [pytest.mark.req("P12"), pytest.mark.req("P6")]

MACHINE = """
import asyncio, sys
from statemachine_internal.actions.bash import BashAction
from statemachine_internal.actions.scope import Scope

class Log:
    def output(self, stream, line):
        print(line, flush=True)

machine, key, command = sys.argv[1:]
scope = Scope(machine=machine, state="s", action_key=key, now=0, context={}, names={}, volatile={}, log=Log())
asyncio.run(BashAction({"command": command}).run(scope))
"""
COMMAND = """
sleep 60 & echo $!
(setsid sleep 60 & echo $!)
(setsid sh -c 'env -i sleep 60 & echo $!; echo $$; wait' &)
trap '' TERM
echo $$
wait
sleep 60
"""


class Orphans:
    """What is left of a machine that was killed, held by pidfds."""

    def __init__(self, pids: list[int]) -> None:
        self._held = [os.pidfd_open(pid) for pid in pids]

    def alive(self) -> int:
        poll = select.poll()
        for descriptor in self._held:
            poll.register(descriptor, select.POLLIN)
        return len(self._held) - len(poll.poll(0))

    def close(self) -> None:
        for descriptor in self._held:
            try:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            except ProcessLookupError:
                pass
            finally:
                os.close(descriptor)


@contextmanager
def killed_machine(
    workspace: Workspace, machine: str = "worker", key: str = "worker:7:0", command: str = COMMAND
) -> Iterator[Orphans]:
    process = subprocess.Popen(
        [sys.executable, "-c", MACHINE, machine, key, command], env=workspace.env, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout:
        orphans = Orphans([int(process.stdout.readline()) for _ in range(5)])
        try:
            process.kill()
            process.wait(30)
            yield orphans
        finally:
            orphans.close()


@pytest.fixture(autouse=True)
def same_database(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATEMACHINE_DATABASE", workspace.env["STATEMACHINE_DATABASE"])


def test_a_sweep_ends_what_a_killed_machine_left(workspace: Workspace) -> None:
    with killed_machine(workspace) as orphans:
        assert orphans.alive() == 5
        assert sweep("worker") >= 5
        assert orphans.alive() == 0
        assert sweep("worker") == 0


def test_a_sweep_may_be_for_one_action(workspace: Workspace) -> None:
    with killed_machine(workspace) as orphans:
        assert sweep("worker", "worker:8:0") == 0
        assert orphans.alive() == 5
        assert sweep("worker", "worker:7:0") >= 5
        assert orphans.alive() == 0


def test_a_sweep_leaves_other_machines_alone(workspace: Workspace) -> None:
    with killed_machine(workspace, machine="worker2") as orphans:
        assert sweep("worker") == 0
        assert orphans.alive() == 5


def test_a_sweep_leaves_other_databases_alone(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with killed_machine(workspace) as orphans:
        monkeypatch.setenv("STATEMACHINE_DATABASE", str(workspace.path / "other.db"))
        assert sweep("worker") == 0
        assert orphans.alive() == 5


def test_a_sweep_spares_the_process_that_sweeps_and_its_ancestors(workspace: Workspace) -> None:
    code = "from statemachine_internal.actions.process import sweep; print(sweep('worker'))"
    env = workspace.env | {"STATEMACHINE_RUN": marker("worker") + "x"}
    # The shell has the mark too, and is the ancestor here.
    argv = ["sh", "-c", '"$@"; echo ancestor', "sh", sys.executable, "-c", code]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "0\nancestor\n"


def test_a_sweep_ends_more_processes_than_it_may_hold_descriptors(workspace: Workspace) -> None:
    command = "for n in $(seq 40); do setsid sleep 60 & done; for n in 1 2 3 4; do echo $!; done; echo $$; wait"
    code = """if True:
        import os, resource
        from statemachine_internal.actions.process import sweep
        soft = len(os.listdir("/proc/self/fd")) + 9
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, soft))
        print(sweep("worker"), sweep("worker"))
    """
    with killed_machine(workspace, command=command) as orphans:
        argv = [sys.executable, "-c", code]
        done = subprocess.run(argv, env=workspace.env, capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("41 0\n", "")
        assert orphans.alive() == 0
