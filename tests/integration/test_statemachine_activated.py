"""A machine whose socket is systemd's: it may end when it has nothing to do, and what comes starts it again."""

from __future__ import annotations

import json
import re
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from statemachine_internal.control.doorbell import ring
from support.workspace import Workspace, program_argv

RESTS = """
name: m
initial_state: idle
idle_exit: 0.2
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: idle, event: back}
"""
WAITS = """
name: m
initial_state: idle
idle_exit: 0.2
transitions:
  - {from: idle, to: late, event: timeout(3600)}
"""
ENDS_AT_ONCE = """
name: m
initial_state: a
final: [done]
transitions:
  - {from: a, to: done, event: start}
"""


@contextmanager
def listening(workspace: Workspace) -> Iterator[socket.socket]:
    """The socket as systemd would hold it: it outlives the machine's processes."""
    path = workspace.runtime_dir / "control" / "m.sock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen(64)
        yield listener


def activate(workspace: Workspace, listener: socket.socket, config: Path) -> subprocess.Popen[str]:
    """Start the machine with the socket as its third descriptor, as sd_listen_fds(3) says."""
    command = 'exec 3<&"$0" && LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
    argv = ["/bin/bash", "-c", command, str(listener.fileno()), *program_argv("statemachine"), str(config)]
    return subprocess.Popen(
        argv, env=workspace.env, cwd=workspace.path, pass_fds=[listener.fileno()], stderr=subprocess.PIPE, text=True
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit status, and what it said."""
    try:
        _, said = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, said


def events(workspace: Workspace) -> list[tuple[str, str]]:
    """Type and status of all events, oldest first."""
    listed = workspace.run("statemachine-db", "list-events", "--format", "json").stdout
    return [(row["type"], row["status"]) for row in reversed(json.loads(listed))]


@pytest.mark.req("B2")
def test_a_machine_at_rest_ends_and_an_event_that_waits_in_the_socket_is_taken_at_its_next_start(
    workspace: Workspace,
) -> None:
    config = workspace.write("m.yaml", RESTS)
    with listening(workspace) as listener:
        assert end(activate(workspace, listener, config))[0] == 0
        sender = subprocess.Popen(
            [*program_argv("statemachine-db"), "send-event", "--target", "m", "--type", "go"],
            env=workspace.env,
            stdout=subprocess.PIPE,
            text=True,
        )
        with listener.dup() as waiting:  # readable once somebody connects, as it is for systemd
            _until_readable(waiting)
        assert end(activate(workspace, listener, config))[0] == 0
        assert "accepted by m" in sender.communicate(timeout=30)[0]
    assert events(workspace) == [("go", "processed")]
    assert not (workspace.runtime_dir / "wake").exists()


@pytest.mark.req("P10")
def test_a_machine_that_ends_with_a_timer_ahead_asks_to_be_woken(workspace: Workspace) -> None:
    config = workspace.write("m.yaml", WAITS)
    with listening(workspace) as listener:
        began = time.monotonic()
        assert end(activate(workspace, listener, config))[0] == 0
        assert time.monotonic() - began < 30
    assert (workspace.runtime_dir / "wake").exists()
    (machine,) = json.loads(workspace.run("statemachine-db", "machine-state", "--format", "json").stdout)
    assert machine["status"] == "waiting"


@pytest.mark.req("B2")
def test_an_event_that_only_begins_runs_that_never_take_it_is_passed_over(workspace: Workspace) -> None:
    config = workspace.write("m.yaml", ENDS_AT_ONCE)
    with listening(workspace) as listener:
        listener.close()
        for _ in range(3):
            workspace.run("statemachine-db", "send-event", "--target", "m", "--type", "x")
    (workspace.runtime_dir / "control" / "m.sock").unlink()
    with listening(workspace) as listener:
        assert end(activate(workspace, listener, config))[0] == 0
    assert events(workspace) == [("x", "ignored")] * 3
    assert "ok" in workspace.run("statemachine-db", "check").stdout


@pytest.mark.req("A9")
@pytest.mark.parametrize(("text", "status"), [("initial_state: [", 78), ("initial_state: nowhere\nstates: [a]", 78)])
def test_a_machine_that_cannot_begin_leaves_nobody_waiting_in_the_socket(
    workspace: Workspace, text: str, status: int
) -> None:
    config = workspace.write("m.yaml", text)
    with listening(workspace) as listener, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sender:
        sender.connect(listener.getsockname())
        sender.send(b'{"type": "go"}')
        assert end(activate(workspace, listener, config))[0] == status
        with pytest.raises(ConnectionResetError):
            sender.recv(100)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def _until_readable(sock: socket.socket) -> None:
    if not select.select([sock], [], [], 30)[0]:
        raise AssertionError("nobody connected")


@pytest.mark.req("J1", "B2")
@pytest.mark.parametrize("started_by", ["a doorbell", "the restart after a kill on its way out"])
def test_a_start_for_nothing_is_no_failure_to_systemd_which_would_start_it_again(
    workspace: Workspace, started_by: str
) -> None:
    config = workspace.write("m.yaml", ENDS_AT_ONCE)
    path = workspace.path / "notify"
    with listening(workspace) as listener, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        assert end(activate(workspace, listener, config))[0] == 0
        if started_by == "a doorbell":
            assert ring(str(workspace.runtime_dir / "control" / "m.sock"))
        else:
            database = apsw.Connection(str(workspace.database))
            database.cursor().execute("UPDATE machine_state SET pid = 1")
            database.close()
        systemd.bind(str(path))
        workspace.env["NOTIFY_SOCKET"] = str(path)
        code, said = end(activate(workspace, listener, config))
        systemd.setblocking(False)
        assert (code, "started in" in said) == (0, False), said
        assert systemd.recv(4096).startswith(b"READY=1")


@pytest.mark.req("J1")
def test_systemd_is_told_state_job_and_next_timer_and_given_time_for_the_drain(workspace: Workspace) -> None:
    config = workspace.write(
        "m.yaml", "{initial_state: idle, transitions: [{from: idle, to: late, event: timeout(3600)}]}"
    )
    path = workspace.path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        systemd.settimeout(30)
        given = json.dumps({"job_id": "job_001"})
        running = workspace.start("statemachine", config, "--initial-context", given, env={"NOTIFY_SOCKET": str(path)})
        told = ""
        while "READY=1" not in told:
            told += systemd.recv(4096).decode() + "\n"
        while "(resting)" not in told:
            told += systemd.recv(4096).decode() + "\n"
        assert re.search(r"STATUS=idle \(resting\); job job_001; timeout\(3600\) at \d\d:\d\d:\d\d\n", told), told
        running.process.terminate()
        while "EXTEND_TIMEOUT_USEC=" not in told:
            told += systemd.recv(4096).decode() + "\n"
        assert "STOPPING=1" in told
        assert running.wait() == 0
