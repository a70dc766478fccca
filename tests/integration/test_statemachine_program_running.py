"""The program ``statemachine`` while it runs, alone and beside others."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from statemachine_internal.control.client import send
from support.watch import Watch
from support.workspace import Workspace

RELAY = """
initial_state: idle
transitions:
  - {from: idle, event: ball, when: "event.payload.rest",
     actions: [{type: send_event, target_machine: NEXT, event_type: ball, payload: "{event_data.payload.rest}"}]}
  - {from: idle, to: holding, event: ball}
  - {from: "*", event: ping, actions: [{type: log, message: "pong {event_data.payload.n}"}]}
"""


@pytest.mark.req("B8")
def test_machines_of_one_database_run_side_by_side_in_processes_of_their_own(workspace: Workspace) -> None:
    names = ["one", "two", "three"]
    payload: dict[str, object] = {"n": 1}
    for _ in range(30):
        payload = {"rest": payload}
    with Watch(workspace) as watch:
        running = {}
        for name, after in zip(names, [*names[1:], names[0]], strict=True):
            workspace.write(f"{name}.yaml", RELAY.replace("NEXT", after))
            running[name] = workspace.start("statemachine", f"{name}.yaml")
        for name, process in running.items():
            watch.started(name, process)
        assert send("one", "ball", payload, source="test", path=str(workspace.runtime_dir / "control/one.sock")).ok
        watch.until(lambda: any(p["to"] == "holding" for p in watch.feed("state_change")))
        assert watch.query("SELECT machine_name, current_state FROM machine_state ORDER BY 1") == [
            ("one", "holding"),
            ("three", "idle"),
            ("two", "idle"),
        ]
        assert watch.query("SELECT count(*), count(DISTINCT status), min(status) FROM machine_events") == [
            (31, 1, "processed")
        ]
        assert {process.stop(signal.SIGTERM) for process in running.values()} == {0}


@pytest.mark.req("B1")
def test_with_a_socket_prefix_a_sender_that_knows_the_path_reaches_it_and_others_by_its_row(
    workspace: Workspace,
) -> None:
    prefix = workspace.path / "own"
    workspace.write("m.yaml", RELAY)
    workspace.write("sender.yaml", RELAY.replace("NEXT", "m"))
    with Watch(workspace) as watch:
        running = workspace.start("statemachine", "m.yaml", "--control-socket-prefix", prefix)
        sender = workspace.start("statemachine", "sender.yaml")
        path = Path(f"{prefix}-m.sock")
        watch.started("m", running, path)
        watch.started("sender", sender)
        assert send("m", "ping", {"n": 1}, source="test", path=str(path)).ok
        assert watch.said("m") == ["pong 1"]
        assert not (workspace.runtime_dir / "control/m.sock").exists()
        control = str(workspace.runtime_dir / "control/sender.sock")
        assert send("sender", "ball", {"rest": {"n": 0}}, source="test", path=control).ok
        watch.until(lambda: any(p["to"] == "holding" for p in watch.feed("state_change", "m")), running)
        assert running.stop() == 0
        assert not path.exists()


@pytest.mark.req("B1")
def test_the_event_socket_path_is_rung_after_each_change(workspace: Workspace) -> None:
    path = workspace.path / "bell.sock"
    workspace.write("m.yaml", RELAY)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell, Watch(workspace) as watch:
        bell.bind(str(path))
        bell.settimeout(20)
        running = workspace.start("statemachine", "m.yaml", "--event-socket-path", path)
        watch.started("m", running)
        control = str(workspace.runtime_dir / "control/m.sock")
        send("m", "ping", {"n": 1}, source="test", path=control)
        ((last,),) = watch.query("SELECT max(id) FROM realtime_events")
        while int(bell.recv(64)) < last:
            pass


@pytest.mark.req("B5")
def test_sighup_reloads_and_sigterm_ends_in_order_and_a_restart_resumes(workspace: Workspace) -> None:
    workspace.write("m.yaml", RELAY)
    control = str(workspace.runtime_dir / "control/m.sock")
    with Watch(workspace) as watch:
        running = workspace.start("statemachine", "m.yaml")
        watch.started("m", running)
        send("m", "ball", {}, source="test", path=control)
        workspace.write("m.yaml", RELAY.replace("pong", "pung"))
        os.kill(running.pid, signal.SIGHUP)
        # The signal is pending before the message is sent, and the loop sees it first or in the same round.
        n = 0
        while "pung" not in "".join(watch.said("m")):
            n += 1
            assert n < 1000
            send("m", "ping", {"n": n}, source="test", path=control)
        assert running.stop(signal.SIGTERM) == 0
        assert watch.query("SELECT current_state, status FROM machine_state") == [("holding", "stopped")]
        again = workspace.start("statemachine", "m.yaml")
        watch.started("m", again)
        assert watch.query("SELECT current_state FROM machine_state") == [("holding",)]
        assert again.stop(signal.SIGINT) == 0


@pytest.mark.req("B5")
def test_a_stop_ends_the_process_although_an_action_swallows_its_cancellation(workspace: Workspace) -> None:
    workspace.write(
        "actions/stubborn_action.py",
        "import asyncio\n"
        "from statemachine_internal.actions.base import BaseAction\n"
        "from statemachine_internal.runtime import action_at_work, engine\n"
        "engine.DRAIN_SECONDS = action_at_work.CANCEL_SECONDS = 0.05\n"
        "class StubbornAction(BaseAction):\n"
        "    async def execute(self, context):\n"
        "        while True:\n"
        "            try:\n"
        "                await asyncio.Event().wait()\n"
        "            except asyncio.CancelledError:\n"
        "                pass\n",
    )
    workspace.write("m.yaml", "{initial_state: a, transitions: [], actions: {a: [{type: stubborn}]}}")
    with Watch(workspace) as watch:
        running = workspace.start("statemachine", "m.yaml")
        watch.started("m", running)
        send("m", "x", source="test", path=str(workspace.runtime_dir / "control/m.sock"))
        running.process.send_signal(signal.SIGTERM)
        watch.until(lambda: watch.feed("machine_terminated") != [])
        assert running.wait(5) == 0


IDLES = "{initial_state: idle, transitions: [{from: idle, event: e}]}"


@pytest.mark.req("B7")
@pytest.mark.req("P4")
def test_another_runtime_folder_is_no_way_to_a_second_process_and_its_senders_reach_the_first(
    workspace: Workspace,
) -> None:
    config = workspace.write("m.yaml", IDLES)
    elsewhere = {"STATEMACHINE_RUNTIME_DIR": str(workspace.path / "other")}
    with Watch(workspace) as watch:
        running = workspace.start("statemachine", config)
        watch.started("m", running)
        second = workspace.run("statemachine", config, env=elsewhere)
        assert (second.returncode, str(running.pid) in second.stderr) == (1, True)
        sent = workspace.run("statemachine-db", "send-event", "--target", "m", "--type", "e", env=elsewhere)
        assert "accepted by m" in sent.stdout
        state = workspace.run("statemachine-db", "machine-state", env=elsewhere).stdout
        assert str(running.pid) in state
        assert running.stop() == 0
