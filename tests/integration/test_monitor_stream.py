"""The plain WebSocket: every row of the feed, once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from support.machines import flip, start_machine
from support.websocket import Closed, Refused, WebSocket
from support.workspace import Workspace
from unit.monitor.running import Monitor, ask, open_monitor

MISSED = 100_000
ABSENCE = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
INSERT INTO realtime_events (machine_name, event_type, payload, created)
SELECT 'lamp', 'activity_log', '{"level":"info","message":"line ' || n || '"}', 1700000000000000 + n FROM numbers
"""
ONE_PORT = ("--port", "0", "--no-websocket")
WORKER = """
name: worker
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: idle, event: job_completed}
  - {from: busy, to: idle, event: job_failed}
  - {from: idle, to: over, event: end}
  - {from: "*", event: break, actions: [{type: bash, command: "exit 3"}]}
  - {from: "*", event: error}
final: [over]
actions:
  busy:
    - {type: check_database_queue, job_type: easy}
    - {type: complete_job}
"""


@pytest.fixture
def monitor(workspace: Workspace) -> Iterator[Monitor]:
    with open_monitor(workspace) as opened:
        yield opened


def began(monitor: Monitor) -> int:
    monitor.start(*ONE_PORT)
    (port,) = monitor.ready()
    return port


def ids(messages: list[dict[str, Any]]) -> list[int]:
    return [message["id"] for message in messages]


def rows(client: WebSocket, count: int) -> list[dict[str, Any]]:
    return [client.until(lambda message: message["type"] == "state_change") for _ in range(count)]


@pytest.mark.req("H2")
@pytest.mark.parametrize("path", ["/ws", "/ws/events"])
def test_a_client_is_greeted_with_all_machines_and_hears_each_change(
    monitor: Monitor, workspace: Workspace, path: str
) -> None:
    start_machine(workspace, "lamp")
    with WebSocket(began(monitor), path) as client:
        initial = client.hear()
        assert initial["type"] == "initial"
        assert set(initial) == {"id", "type", "machine_name", "payload", "timestamp"}
        (machine,) = initial["payload"]["machines"]
        assert (machine["name"], machine["state"], machine["running"]) == ("lamp", "off", True)
        flip(workspace, "lamp", 2)
        first, second = rows(client, 2)
        assert first["id"] > initial["payload"]["last_id"]
        assert (first["machine_name"], first["payload"]["from"], first["payload"]["to"]) == ("lamp", "off", "on")
        assert (second["payload"]["to"], second["timestamp"][-1]) == ("off", "Z")


@pytest.mark.req("H2")
def test_each_kind_of_message_is_heard(monitor: Monitor, workspace: Workspace) -> None:
    with WebSocket(began(monitor), "/ws") as client:
        client.until_type("initial")
        for id in ("done", "given-up"):
            assert workspace.run("statemachine-db", "add-job", id, "--type", "easy").returncode == 0
        assert workspace.run("statemachine-db", "fail-job", "given-up", "--reason", "no").returncode == 0
        running = start_machine(workspace, "worker", WORKER)
        for event in ("go", "break"):
            flip(workspace, "worker", 1, event)
        say = ("--target", "ui", "--type", "activity_log", "--payload", '{"message": "hello"}')
        assert workspace.run("statemachine-db", "send-event", *say).returncode == 0
        wanted = {
            "job_added", "job_failed", "machine_registered", "state_change", "job_started", "job_completed", "error",
            "activity_log", "machine_terminated",
        }  # fmt: skip
        seen: list[dict[str, Any]] = []
        while not (wanted - {"machine_terminated"}) <= {message["type"] for message in seen}:
            seen.append(client.hear())
        flip(workspace, "worker", 1, "end")
        assert running.wait() == 0
        while seen[-1]["type"] != "machine_terminated":
            seen.append(client.hear())
        assert ids(seen) == sorted(set(ids(seen)))
        assert all({"id", "type", "machine_name", "payload", "timestamp"} <= set(message) for message in seen)


@pytest.mark.req("H2")
def test_a_client_may_ping_refresh_and_go_back(monitor: Monitor, workspace: Workspace) -> None:
    start_machine(workspace, "lamp")
    flip(workspace, "lamp", 3)
    with WebSocket(began(monitor), "/ws") as client:
        last = client.until_type("initial")["payload"]["last_id"]
        client.say({"type": "ping"})
        assert client.hear()["type"] == "pong"
        client.say({"type": "refresh"})
        assert client.hear()["payload"]["last_id"] == last
        client.say("ping")
        assert client.hear()["type"] == "pong"
        client.say("refresh")
        assert client.hear()["type"] == "initial"
        client.say({"after": 0})
        assert ids([client.hear() for _ in range(last)]) == list(range(1, last + 1))
        for nonsense in ('{"type": "dance"}', "[", '"text"', '{"after": -1}', '{"after": true}', "[" * 5000):
            client.say(nonsense)
            assert client.hear()["type"] == "bad_request"
        client.say({"type": "ping"})
        assert client.hear()["type"] == "pong"


@pytest.mark.req("H2")
def test_who_comes_back_with_his_last_id_has_missed_nothing_also_after_a_restart(
    monitor: Monitor, workspace: Workspace
) -> None:
    start_machine(workspace, "lamp")
    port = began(monitor)
    with WebSocket(port, "/ws") as client:
        client.until_type("initial")
        flip(workspace, "lamp", 3)
        last = rows(client, 3)[-1]["id"]
    flip(workspace, "lamp", 700)  # more than a page
    with WebSocket(port, f"/ws?after={last}") as client:
        client.until_type("initial")
        missed = ids(rows(client, 700))
        assert missed == list(range(last + 1, last + 701))
        assert monitor.running is not None
        assert monitor.running.stop() == 0
        with pytest.raises((Closed, ConnectionError)):
            client.until_type("never")
    flip(workspace, "lamp", 5)
    with WebSocket(began(monitor), "/ws") as client:
        client.until_type("initial")
        client.say({"after": missed[-1]})
        assert ids(rows(client, 5)) == list(range(missed[-1] + 1, missed[-1] + 6))


@pytest.mark.req("H2")
def test_a_hundred_thousand_rows_of_an_absence_come_in_order_and_in_bounded_memory(
    monitor: Monitor, workspace: Workspace
) -> None:
    start_machine(workspace, "lamp")
    port = began(monitor)
    with WebSocket(port, "/ws") as client:
        last = client.until_type("initial")["payload"]["last_id"]
    with closing(apsw.Connection(str(workspace.database))) as connection:
        connection.cursor().execute(ABSENCE, (MISSED,))
    assert monitor.running is not None
    before = peak_kib(monitor.running.pid)
    with WebSocket(port, f"/ws?after={last}") as client:
        client.until_type("initial")
        seen = [client.until(lambda message: message["type"] == "activity_log")["id"] for _ in range(MISSED)]
    assert seen == list(range(last + 1, last + MISSED + 1))
    assert peak_kib(monitor.running.pid) - before < 32 * 1024


def peak_kib(pid: int) -> int:
    """The most memory that a process has had, as the kernel counts it (VmHWM, proc(5))."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1])


@pytest.mark.req("P11")
def test_a_client_that_does_not_read_slows_no_other_and_no_machine_and_is_told(
    monitor: Monitor, workspace: Workspace
) -> None:
    start_machine(workspace, "lamp")
    port = began(monitor)
    with WebSocket(port, "/ws", receive_buffer=4096) as slow, WebSocket(port, "/ws") as quick:
        first = slow.until_type("initial")["payload"]["last_id"]
        quick.until_type("initial")
        count = 30_000
        for _ in range(10):
            flip(workspace, "lamp", count // 10)
            assert len(rows(quick, count // 10)) == count // 10
        # Everything that was kept for it is gone by now; it reads on from the database.
        overflow: list[dict[str, Any]] = []
        seen: list[int] = []
        while len(seen) < count:
            message = slow.hear()
            if message["type"] == "overflow":
                overflow.append(message)
                assert message["last_id"] == (seen[-1] if seen else first)
            elif message["type"] == "state_change":
                seen.append(message["id"])
        assert seen == list(range(first + 1, first + count + 1))
        assert overflow
        assert "statemachine_websocket_overflows_total 0\n" not in ask(port, "/metrics").body.decode()


@pytest.mark.req("H6")
def test_the_database_may_come_later_and_be_another_one_then(monitor: Monitor, workspace: Workspace) -> None:
    with WebSocket(began(monitor), "/ws") as client:
        assert client.hear()["payload"] == {"machines": [], "last_id": 0}
        running = start_machine(workspace, "lamp")
        assert client.until_type("machine_registered")["machine_name"] == "lamp"
        flip(workspace, "lamp", 10)
        assert rows(client, 10)
        running.stop()
        for path in workspace.path.glob("statemachine.db*"):
            if path.is_file():
                path.unlink()
        start_machine(workspace, "other")
        again = client.until_type("initial")
        # What was committed before the monitor looked at the new one stands in the greeting.
        if "other" not in [machine["name"] for machine in again["payload"]["machines"]]:
            client.until_type("machine_registered")
        flip(workspace, "other")
        assert client.until(lambda message: message["machine_name"] == "other" and "to" in message["payload"])


@pytest.mark.req("H2")
def test_an_id_of_another_database_begins_anew(monitor: Monitor, workspace: Workspace) -> None:
    start_machine(workspace, "lamp")
    with WebSocket(began(monitor), "/ws?after=1000000") as client:
        client.until_type("initial")
        client.until_type("initial")
        flip(workspace, "lamp")
        assert len(rows(client, 1)) == 1


@pytest.mark.req("H5")
def test_the_page_of_another_site_may_not_listen(monitor: Monitor) -> None:
    port = began(monitor)
    for origin in ("http://evil.example", "null", f"http://evil.example:{port}", "http://127.0.0.1:1"):
        with pytest.raises(Refused) as refused:
            WebSocket(port, "/ws", {"Origin": origin})
        assert refused.value.status == 403
    with WebSocket(port, "/ws", {"Origin": f"http://127.0.0.1:{port}"}) as client:
        assert client.hear()["type"] == "initial"


@pytest.mark.req("H1")
def test_two_monitors_hear_the_same(workspace: Workspace) -> None:
    start_machine(workspace, "lamp")
    with open_monitor(workspace) as monitor:
        first = monitor.start(*ONE_PORT)
        (one,) = monitor.ready()
        monitor.start(*ONE_PORT)
        (two,) = monitor.ready()
        with WebSocket(one, "/ws") as here, WebSocket(two, "/ws") as there:
            for client in (here, there):
                client.until_type("initial")
            flip(workspace, "lamp")
            assert rows(here, 1) == rows(there, 1)
        first.stop()


@pytest.mark.req("H1")
def test_an_events_socket_in_use_is_named(monitor: Monitor, workspace: Workspace) -> None:
    path = str(workspace.runtime_dir / "mine.sock")
    with open_monitor(workspace, "beside.sock") as other:
        other.start(*ONE_PORT, "--event-socket-path", path)
        other.ready()
        running = monitor.start(*ONE_PORT, "--event-socket-path", path)
        assert running.wait() == 1
        assert running.stderr().startswith(f"statemachine-ui: {path} is in use")
        assert running.stderr().count("\n") == 1
