"""Sender and machine as two processes, of which one is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from statemachine_internal.control.addresses import control_path, ensure_runtime_dir
from statemachine_internal.control.client import Connection, send
from statemachine_internal.control.doorbell import ring
from statemachine_internal.control.envelope import encode_message
from statemachine_internal.control.outcomes import Unreachable
from support.workspace import SOURCE_ROOTS, Workspace

# A machine that accepts every event but one named "hang", and says so on its standard output.
MACHINE = """
import asyncio
from statemachine_internal.control.addresses import control_path
from statemachine_internal.control.envelope import accepted
from statemachine_internal.control.listen import open_control_socket
from statemachine_internal.control.server import ControlServer

def on_message(arrival):
    print(arrival.message.type or "wake", arrival.pid, arrival.uid, flush=True)
    if arrival.message.type != "hang":
        arrival.reply(accepted(1))

loop = asyncio.new_event_loop()
server = ControlServer(open_control_socket("m"), on_message, loop=loop, own_path=control_path("m"))
print("ready", flush=True)
loop.run_forever()
"""


class Machine:
    def __init__(self) -> None:
        env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, SOURCE_ROOTS))}
        self.process = subprocess.Popen([sys.executable, "-c", MACHINE], env=env, stdout=subprocess.PIPE, text=True)
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def kill(self) -> None:
        with self.process:  # closes the pipe and waits; once more is no error
            self.process.kill()


@pytest.fixture
def machine(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    ensure_runtime_dir()
    machine = Machine()
    yield machine
    machine.kill()


@pytest.mark.req("P1")
def test_a_machine_that_is_killed_before_it_answers_told_nobody_that_it_accepted(machine: Machine) -> None:
    with Connection(control_path("m")) as connection:
        connection.send_nowait(encode_message("hang"))
        assert machine.line().startswith("hang ")
        machine.kill()
        with pytest.raises(Unreachable) as caught:
            connection.receive()
        assert caught.value.reason == "closed"
    with pytest.raises(Unreachable) as caught:
        send("m", "go", source="test")
    assert caught.value.reason == "nobody_listens"
    assert not ring(control_path("m"))


@pytest.mark.req("B7")
def test_the_next_process_takes_the_path_that_a_killed_one_left(machine: Machine) -> None:
    machine.kill()
    successor = Machine()
    try:
        assert send("m", "go", source="test").ok
    finally:
        successor.kill()


@pytest.mark.req("E1")
def test_the_machine_sees_the_process_and_the_user_that_sent(machine: Machine) -> None:
    assert send("m", "go", source="test").ok
    assert ring(control_path("m"))
    assert machine.line() == f"go {os.getpid()} {os.geteuid()}"
    assert machine.line() == f"wake {os.getpid()} {os.geteuid()}"


@pytest.mark.req("P1")
def test_a_sender_that_is_killed_leaves_the_machine_to_the_others(machine: Machine) -> None:
    code = (
        "import os, sys; from statemachine_internal.control.client import Connection; "
        'connection = Connection(sys.argv[1]); connection.send_nowait(b\'{"type":"last"}\'); os.kill(os.getpid(), 9)'
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, SOURCE_ROOTS))}
    subprocess.run([sys.executable, "-c", code, control_path("m")], env=env, check=False)
    assert machine.line().startswith("last ")
    assert send("m", "go", source="test").ok
