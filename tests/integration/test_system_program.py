"""``statemachine-system``: several machines and the monitor, as real processes."""

from __future__ import annotations

import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable

import pytest

from support.offspring import no_offspring_left, offspring
from support.watch import Watch
from support.workspace import Running, Workspace

MACHINE = """
initial_state: a
transitions:
  - {from: a, to: b, event: go}
  - {from: b, to: done, event: go}
final: [done]
actions:
  b: [{type: log, message: "hello from {machine_name}"}]
"""

pytestmark = pytest.mark.req("J6")


def until(running: Running, truth: Callable[[str], bool]) -> str:
    """Wait for what the system prints; its end ends the wait."""
    deadline = time.monotonic() + 30
    while not truth(running.stdout()):
        assert running.process.poll() is None, running.stdout() + running.stderr()
        assert time.monotonic() < deadline, running.stdout()
        time.sleep(0.01)
    return running.stdout()


def pid_of(printed: str, machine: str) -> int:
    found = re.findall(rf"^{machine} +\| .* pid=(\d+)", printed, re.MULTILINE)
    return int(found[-1])


def started(machine: str) -> Callable[[str], bool]:
    return lambda printed: re.search(rf"^{machine} +\| .* (started|resumed) in", printed, re.MULTILINE) is not None


def send(workspace: Workspace, machine: str) -> None:
    done = workspace.run("statemachine-db", "send-event", "--target", machine, "--type", "go", "--wait")
    assert done.returncode == 0, done


def test_machines_and_monitor_run_until_a_signal_and_end_in_order(workspace: Workspace) -> None:
    workspace.write("m.yaml", MACHINE)
    workspace.write("system.yaml", "monitor: {port: 0}\nmachines: [{config: m.yaml, count: 2}]\n")
    running = workspace.start("statemachine-system")
    printed = until(running, lambda text: started("m-1")(text) and started("m-2")(text) and "http://" in text)
    url = re.search(r"http://[0-9.:]+", printed)
    assert url is not None
    with urllib.request.urlopen(f"{url.group()}/health", timeout=10) as health:
        assert health.status == 200
    send(workspace, "m-2")
    printed = until(running, lambda text: "hello from m-2" in text)
    pids = [pid_of(printed, machine) for machine in ("m-1", "m-2")]
    assert running.stop(signal.SIGINT) == 0
    printed = running.stdout()
    assert re.search(r"^system +\| SIGINT: everything ends in order", printed, re.MULTILINE)
    assert all(re.search(rf"^{name} +\| .* stopped", printed, re.MULTILINE) for name in ("m-1", "m-2", "monitor"))
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
    assert running.stderr() == ""


def test_lines_of_a_machine_called_monitor_or_system_are_told_from_ours(workspace: Workspace) -> None:
    workspace.write("m.yaml", MACHINE)
    workspace.write(
        "system.yaml",
        "monitor: {port: 0}\nmachines: [{config: m.yaml, name: monitor}, {config: m.yaml, name: system}]\n",
    )
    running = workspace.start("statemachine-system")
    until(running, lambda text: started("monitor")(text) and started("system")(text) and "http://" in text)
    assert running.stop(signal.SIGINT) == 0
    lines = running.stdout().splitlines()
    assert {line.split()[0] for line in lines if "http://" in line} == {"[monitor]"}
    assert {line.split()[0] for line in lines if "ends in order" in line} == {"[system]"}
    assert {line.split()[0] for line in lines if "started in a" in line} == {"monitor", "system"}


def test_a_machine_that_was_killed_is_started_again_and_goes_on(workspace: Workspace) -> None:
    workspace.write("m.yaml", MACHINE)
    running = workspace.start("statemachine-system", "--no-monitor", "m.yaml")
    first = pid_of(until(running, started("m")), "m")
    send(workspace, "m")
    os.kill(first, signal.SIGKILL)
    printed = until(running, lambda text: "resumed in b" in text)
    assert "m was killed by SIGKILL; it is started again in 1 s" in printed
    assert running.stop() == 0


def test_it_ends_when_every_machine_has_ended(workspace: Workspace) -> None:
    workspace.write("m.yaml", MACHINE)
    running = workspace.start("statemachine-system", "--no-monitor", "m.yaml")
    until(running, started("m"))
    send(workspace, "m")
    with Watch(workspace) as watch:
        send(workspace, "m")
        assert running.wait() == 0
        assert watch.query("SELECT status FROM machine_state") == [("finished",)]


def test_when_it_is_killed_its_machines_end_in_order(workspace: Workspace) -> None:
    workspace.write("m.yaml", MACHINE)
    running = workspace.start("statemachine-system", "--no-monitor", "m.yaml")
    until(running, started("m"))
    running.kill()
    with Watch(workspace) as watch:
        watch.until(lambda: watch.feed("machine_terminated") != [])


def test_nothing_starts_where_one_definition_has_an_error(workspace: Workspace) -> None:
    workspace.write("good.yaml", MACHINE)
    workspace.write("bad.yaml", "transitions: []\n")
    done = workspace.run("statemachine-system", ".")
    assert (done.returncode, done.stdout) == (78, "")
    assert "bad.yaml:1:1: error[missing-initial-state]" in done.stderr
    assert not workspace.database.exists()


def test_a_flood_of_output_is_passed_on_line_by_line(workspace: Workspace) -> None:
    flood = "initial_state: a\nfinal: [b]\ntransitions: [{from: a, to: b, event: job_done}]\nactions:\n  a:\n"
    workspace.write("m.yaml", flood + "    - {type: bash, command: seq 20000}\n")
    running = workspace.start("statemachine-system", "--no-monitor", "m.yaml")
    assert running.wait() == 0
    assert [
        line for line in ("1", "20000") if re.search(rf"^m +\| .* {line} machine=m", running.stdout(), re.MULTILINE)
    ] == ["1", "20000"]


@pytest.mark.req("P12")
def test_a_second_signal_ends_the_commands_of_its_machines_too(workspace: Workspace) -> None:
    stubborn = """trap '' TERM; echo command at work; while :; do sleep 60; done"""
    text = "initial_state: a\ntransitions: [{from: a, to: a, event: job_done}]\nactions:\n  a:\n    - type: bash\n"
    workspace.write("m.yaml", f"{text}      command: |\n        {stubborn}\n")
    running = workspace.start("statemachine-system", "--no-monitor", "m.yaml")
    with no_offspring_left(workspace):
        until(running, lambda text: "command at work" in text)
        running.process.send_signal(signal.SIGINT)
        until(running, lambda text: "everything ends in order" in text)
        running.process.send_signal(signal.SIGINT)
        assert running.wait() == 1
        assert offspring(workspace) == []
