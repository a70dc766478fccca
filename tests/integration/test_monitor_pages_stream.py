"""The pages' WebSocket: what changed, coalesced, and nothing when nothing changes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from support.machines import flip, start_machine
from support.websocket import WebSocket
from support.workspace import Workspace
from unit.monitor.running import Monitor, ask, open_monitor, order

SENDER = """
name: sender
initial_state: here
transitions:
  - from: here
    event: tell
    actions: [{type: send_event, target_machine: lamp, event_type: flip, payload: {n: 1}}]
"""


@pytest.fixture
def monitor(workspace: Workspace) -> Iterator[Monitor]:
    with open_monitor(workspace) as opened:
        yield opened


@pytest.fixture
def port(monitor: Monitor) -> int:
    monitor.start("--port", "0", "--no-websocket")
    return monitor.ready()[0]


def shown(client: WebSocket, **what: Any) -> dict[str, Any]:
    """The frame that a page begins with."""
    client.say({"after": None, "machines": "*", "topics": ["machines", "transitions"], **what})
    return client.until_type("frame")


def states(frame: dict[str, Any]) -> dict[str, str]:
    return {machine["name"]: machine["state"] for machine in frame.get("machines", [])}


@pytest.mark.req("H4")
def test_a_page_begins_with_all_machines_and_then_gets_what_changed(workspace: Workspace, port: int) -> None:
    for name in ("lamp", "other"):
        start_machine(workspace, name)
    with WebSocket(port, "/ws/ui") as client:
        first = shown(client)
        assert (first["full"], states(first), first["caught_up"]) == (True, {"lamp": "off", "other": "off"}, True)
        assert ask(port, "/api/machines").body["last_id"] == first["last_id"]
        flip(workspace, "lamp")
        frame = client.until(lambda message: "transitions" in message)
        assert "full" not in frame
        assert states(frame)["lamp"] == "on"
        assert [row["payload"]["to"] for row in frame["transitions"]] == ["on"]


@pytest.mark.req("H4")
def test_a_thousand_changes_are_a_few_frames_and_each_transition_is_told_or_counted(
    workspace: Workspace, port: int
) -> None:
    start_machine(workspace, "lamp")
    with WebSocket(port, "/ws/ui") as client:
        last = shown(client)["last_id"]
        count = 4001
        flip(workspace, "lamp", count)
        frames: list[dict[str, Any]] = []
        while not frames or frames[-1]["last_id"] < last + count:
            frames.append(client.until_type("frame"))
        assert states(frames[-1]) == {"lamp": "on"}
        told = [row["id"] for frame in frames for row in frame.get("transitions", [])]
        assert told == sorted(set(told))
        assert len(told) + sum(frame.get("skipped", 0) for frame in frames) == count
        assert all(len(frame.get("transitions", [])) <= 500 for frame in frames)
        assert len(frames) < 100


@pytest.mark.req("H4")
def test_a_page_says_anew_what_it_shows_and_gets_nothing_twice(workspace: Workspace, port: int) -> None:
    for name in ("lamp", "other"):
        start_machine(workspace, name)
    with WebSocket(port, "/ws/ui") as client:
        first = shown(client, machines=["lamp"])
        assert states(first) == {"lamp": "off"}
        flip(workspace, "other", 2)
        flip(workspace, "lamp")
        frame = client.until(lambda message: "transitions" in message)
        assert {row["machine_name"] for row in frame["transitions"]} == {"lamp"}
        again = shown(client, machines=["other"], after=frame["last_id"])
        assert (states(again), again.get("transitions")) == ({"other": "off"}, None)
        missed = shown(client, after=first["last_id"])
        assert [row["machine_name"] for row in missed["transitions"]] == ["other", "other", "lamp"]


@pytest.mark.req("H4")
def test_what_was_missed_is_told_from_the_database_too(monitor: Monitor, workspace: Workspace) -> None:
    start_machine(workspace, "lamp")
    flip(workspace, "lamp", 700)
    monitor.start("--port", "0", "--no-websocket")
    with WebSocket(monitor.ready()[0], "/ws/ui") as client:
        frame = shown(client, after=1)
        assert len(frame["transitions"]) == 500
        assert frame["transitions"][-1]["id"] == frame["last_id"]
        assert frame["skipped"] == frame["transitions"][0]["id"] - 2


@pytest.mark.req("H4")
def test_a_machine_that_is_killed_is_seen_at_once(workspace: Workspace, port: int) -> None:
    running = start_machine(workspace, "lamp")
    with WebSocket(port, "/ws/ui") as client:
        assert shown(client)["machines"][0]["running"]
        running.process.send_signal(signal.SIGKILL)
        frame = client.until_type("frame")
        assert [(machine["name"], machine["running"]) for machine in frame["machines"]] == [("lamp", False)]


@pytest.mark.req("H4")
def test_an_event_for_a_machine_that_does_not_run_is_seen_in_its_inbox(workspace: Workspace, port: int) -> None:
    start_machine(workspace, "lamp").stop()
    with WebSocket(port, "/ws/ui") as client:
        assert shown(client)["machines"][0]["pending"] == 0
        assert workspace.run("statemachine-db", "send-event", "--target", "lamp", "--type", "flip").returncode == 0
        frame = client.until_type("frame")
        assert (frame["machines"][0]["pending"], frame["machines"][0]["oldest_pending"][-1]) == (1, "Z")


@pytest.mark.req("H4")
def test_jobs_and_their_numbers_are_told_as_they_change(port: int) -> None:
    with WebSocket(port, "/ws/ui") as client:
        assert order(port, "/api/jobs", {"id": "a", "type": "t"}).status == 201
        first = shown(client, topics=["jobs"])
        assert first["job_counts"]["pending"] == 1
        assert "machines" not in first
        assert order(port, "/api/jobs/a/cancel").status == 200
        seen = client.until(lambda message: "jobs" in message)
        assert [(job["id"], job["status"]) for job in seen["jobs"]] == [("a", "cancelled")]
        counted = seen if "job_counts" in seen else client.until(lambda message: "job_counts" in message)
        assert (counted["job_counts"]["pending"], counted["job_counts"]["cancelled"]) == (0, 1)
        assert order(port, "/api/jobs/a/remove").status == 200
        assert client.until(lambda message: "removed" in message)["removed"]["jobs"] == ["a"]


@pytest.mark.req("H4")
def test_what_machines_send_each_other_is_told(workspace: Workspace, port: int) -> None:
    start_machine(workspace, "lamp")
    start_machine(workspace, "sender", SENDER)
    with WebSocket(port, "/ws/ui") as client:
        shown(client, topics=["messages"])
        flip(workspace, "sender", 1, "tell")
        (message,) = client.until(lambda message: "messages" in message)["messages"]
        assert (message["source"], message["target"], message["type"]) == ("sender", "lamp", "flip")
        assert message["payload"] == {"n": 1}


@pytest.mark.req("H4")
@pytest.mark.parametrize(
    "nonsense", [{"machines": "lamp"}, {"machines": [1]}, {"topics": ["dance"]}, {"topics": "*"}, {"after": "x"}]
)
def test_what_makes_no_sense_is_told_and_the_page_goes_on(port: int, nonsense: dict[str, Any]) -> None:
    with WebSocket(port, "/ws/ui") as client:
        client.say(nonsense)
        assert client.hear()["type"] == "bad_request"
        assert shown(client)["machines"] == []
