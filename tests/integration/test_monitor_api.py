"""The HTTP API on real machines: what it tells, and what it changes."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import apsw
import pytest

from statemachine_internal.store.migrate import LATEST
from support.machines import flip, start_machine
from support.workspace import Workspace
from unit.monitor.running import ask, open_monitor, order

TIMED = """
name: timed
initial_state: waiting
transitions:
  - {from: waiting, to: over, event: timeout(3600)}
  - {from: waiting, event: note, actions: [{type: log, message: "noted {event_data.payload.what}", level: success}]}
  - {from: waiting, event: break, actions: [{type: bash, command: "exit 3"}]}
  - {from: waiting, event: error}
  - {from: over, event: never}
"""


@pytest.fixture
def port(workspace: Workspace) -> Iterator[int]:
    with open_monitor(workspace) as monitor:
        monitor.start("--port", "0", "--no-websocket")
        yield monitor.ready()[0]


def items(port: int, path: str) -> list[dict[str, Any]]:
    """All items of a list, page after page."""
    found: list[dict[str, Any]] = []
    joint = "&" if "?" in path else "?"
    answer = ask(port, path).body
    while True:
        found += answer["items"]
        if answer["next"] is None:
            return found
        key = "after" if "after=" in path else "before"
        answer = ask(port, f"{path}{joint}{key}={answer['next']}" if key == "before" else after(path, answer)).body


def after(path: str, answer: dict[str, Any]) -> str:
    return path.partition("after=")[0] + f"after={answer['next']}&limit=2"


@pytest.mark.req("H3")
def test_before_there_is_a_database_lists_are_empty_and_things_are_unknown(port: int) -> None:
    assert ask(port, "/api/machines").body == {"machines": [], "last_id": 0}
    for path in ("/api/jobs", "/api/events", "/api/activity"):
        assert ask(port, path).body == {"items": [], "next": None}
    assert set(ask(port, "/api/jobs/counts").body.values()) == {0}
    for path in ("/api/machines/a", "/api/jobs/a", "/api/machines/a/history", "/api/diagram/a"):
        assert ask(port, path).status == 404
    assert ask(port, "/metrics").status == 200
    assert order(port, "/api/machines/a/pause").status == 404


@pytest.mark.req("H3")
def test_a_machine_is_told_with_all_that_there_is_to_know(workspace: Workspace, port: int) -> None:
    running = start_machine(workspace, "timed", TIMED)
    workspace.run("statemachine-db", "send-event", "--target", "timed", "--type", "nobody")
    running.stop()
    workspace.run("statemachine-db", "send-event", "--target", "timed", "--type", "note", "--payload", '{"what": 1}')
    found = ask(port, "/api/machines/timed").body
    assert (found["state"], found["status"], found["running"], found["pid"]) == ("waiting", "stopped", False, None)
    assert [timer["name"] for timer in found["timers"]] == ["timeout(3600)"]
    assert found["next_due"] == found["timers"][0]["due"]
    assert [(event["type"], event["payload"]) for event in found["pending_events"]] == [("note", {"what": 1})]
    assert [event["type"] for event in found["recent_ignored"]] == ["nobody"]
    assert sorted(found["takes"]) == ["break", "error", "note"]
    assert found["pending"] == 1
    assert isinstance(found["context"], dict)
    assert found["unit"]["epoch"] == 1


@pytest.mark.req("H3")
def test_a_machine_s_history_pages_both_ways(workspace: Workspace, port: int) -> None:
    for name in ("lamp", "other"):
        start_machine(workspace, name)
    flip(workspace, "lamp", 5)
    flip(workspace, "other", 5)
    down = items(port, "/api/machines/lamp/history?limit=2")
    assert [row["id"] for row in down] == sorted((row["id"] for row in down), reverse=True)
    assert {row["machine_name"] for row in down} == {"lamp"}
    up = items(port, "/api/machines/lamp/history?limit=2&after=0")
    assert up == down[::-1]
    assert len(items(port, "/api/machines/lamp/history?type=state_change")) == 6
    kinds = items(port, "/api/machines/lamp/history?type=state_change&type=machine_registered")
    assert len(kinds) == 7


@pytest.mark.req("H4")
def test_activity_is_what_was_said_and_what_failed(workspace: Workspace, port: int) -> None:
    start_machine(workspace, "timed", TIMED)
    for event in ("note", "break"):
        flip(workspace, "timed", 1, event)
    while len(rows := items(port, "/api/activity")) < 2:
        pass
    assert [row["type"] for row in rows] == ["error", "activity_log"]
    assert [row["type"] for row in items(port, "/api/activity?level=success")] == ["activity_log"]
    assert [row["type"] for row in items(port, "/api/activity?level=error&machine=timed")] == ["error"]
    assert items(port, "/api/activity?machine=other") == []


@pytest.mark.req("H3")
def test_where_a_machine_was_at_a_time_is_known(workspace: Workspace, port: int) -> None:
    start_machine(workspace, "lamp")
    for _ in range(2):  # each in a commit of its own
        flip(workspace, "lamp")
    changes = items(port, "/api/machines/lamp/history?type=state_change")[::-1]
    for row in changes:
        for found in (
            ask(port, f"/api/machines/lamp/at?id={row['id']}").body,
            ask(port, f"/api/machines/lamp/at?time={row['timestamp']}").body,
        ):
            assert (found["state"], found["id"], found["entered"]) == (
                row["payload"]["to"],
                row["id"],
                row["timestamp"],
            )
        assert found["definition_hash"] == ask(port, "/api/machines/lamp").body["definition_hash"]
    before = (datetime.fromisoformat(changes[0]["timestamp"]) - timedelta(seconds=1)).isoformat()
    assert ask(port, f"/api/machines/lamp/at?time={quote(before)}").status == 404
    everywhere = ask(port, f"/api/at?time={changes[1]['timestamp']}").body
    assert [(each["name"], each["state"]) for each in everywhere["machines"]] == [("lamp", "on")]
    assert ask(port, f"/api/at?time={quote(before)}").body["machines"] == []
    for wrong in ("/api/at?time=soon", "/api/machines/lamp/at", "/api/machines/lamp/at?id=1&time=2026-01-01"):
        assert ask(port, wrong).status == 400


@pytest.mark.req("H3")
def test_a_diagram_is_drawn_from_the_definition_that_the_machine_runs_by(workspace: Workspace, port: int) -> None:
    start_machine(workspace, "lamp")
    found = ask(port, "/api/diagram/lamp").body
    assert [state["name"] for state in found["graph"]["states"]] == ["off", "on"]
    assert found["mermaid"].startswith("stateDiagram")
    assert found["definition_hash"] == ask(port, "/api/machines/lamp").body["definition_hash"]
    (part,) = ask(port, "/api/diagram/lamp/metadata").body["parts"]
    assert ask(port, f"/api/diagram/lamp/{part['name']}").body["graph"] == found["graph"]
    assert ask(port, "/api/diagram/lamp/none").status == 404


@pytest.mark.req("H3")
def test_an_event_goes_the_same_way_as_from_the_shell(workspace: Workspace, port: int) -> None:
    running = start_machine(workspace, "lamp")
    sent = order(port, "/api/events", {"target": "lamp", "type": "flip", "payload": {"a": "é"}})
    assert (sent.status, sent.body["accepted"], sent.body["stored"]) == (201, True, False)
    assert ask(port, "/api/machines/lamp").body["state"] == "on"
    running.stop()
    sent = order(port, "/api/events", {"target": "lamp", "type": "flip", "source": "me", "job_id": "j"})
    assert (sent.status, sent.body["accepted"], sent.body["stored"]) == (201, False, True)
    second, first = items(port, "/api/events?target=lamp")
    assert (first["source"], first["status"], first["payload"]) == ("monitor", "processed", {"a": "é"})
    assert (second["source"], second["status"], second["job_id"]) == ("me", "pending", "j")
    assert [each["id"] for each in items(port, "/api/events?status=pending&source=me&job_id=j")] == [second["id"]]
    assert [each["id"] for each in items(port, "/api/events?limit=2&after=0")] == [1, 2]


@pytest.mark.req("H3")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"target": "all", "type": "x"}, 422),
        ({"target": "../etc", "type": "x"}, 422),
        ({"target": "a", "type": ""}, 422),
        ({"target": "a", "type": "x", "payload": []}, 422),
        ({"target": "a", "type": "x", "what": 1}, 422),
        ({"target": "a"}, 422),
        ({"target": "ui", "type": "state_change"}, 409),
        (b'{"target": "a", "type": "x", "payload": {"n": NaN}}', 422),
        (b'{"target": "a", "type": "x", "payload": {"n": "\\ud800"}}', 422),
        (b'{"target": "a", "type": "x", "payload": ' + b'{"n":' * 5000 + b"1" + b"}" * 5001, 422),
        (b"not json", 422),
        (b"\xff\xfe", 422),
    ],
)
def test_an_event_that_cannot_be_is_refused(port: int, body: object, status: int) -> None:
    answer = order(port, "/api/events", body)
    assert answer.status in ({status, 400} if isinstance(body, bytes) else {status})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["detail"]


@pytest.mark.req("H3")
def test_jobs_are_added_listed_and_brought_to_each_end(workspace: Workspace, port: int) -> None:
    for number in range(5):
        added = order(port, "/api/jobs", {"id": f"j/{number}", "type": "t", "payload": {"n": number}, "priority": 2})
        assert (added.status, added.body["payload"], added.body["status"]) == (201, {"n": number}, "pending")
    later = order(port, "/api/jobs", {"id": "later", "type": "u", "run_after": "2099-01-01T00:00:00Z"})
    assert (later.body["status"], later.body["run_after"]) == ("scheduled", "2099-01-01T00:00:00.000000Z")
    assert order(port, "/api/jobs", {"id": "later", "type": "u"}).status == 409
    assert order(port, "/api/jobs", {"id": "x", "type": "u", "run_after": "soon"}).status == 422
    assert order(port, "/api/jobs", {"id": "x", "type": "u", "priority": 0}).status == 422

    def act(id: str, action: str, body: object = None) -> tuple[int, str]:
        answer = order(port, f"/api/jobs/{quote(id, safe='')}/{action}", body)
        return answer.status, answer.body.get("status")

    assert act("j/0", "complete", {"result": {"file": "f"}}) == (200, "completed")
    assert act("j/0", "complete")[0] == 409
    assert act("j/0", "retry") == (200, "pending")
    assert act("j/1", "fail", {"reason": "no room"}) == (200, "failed")
    assert act("j/2", "cancel") == (200, "cancelled")
    assert act("none", "cancel")[0] == 404
    assert [job["id"] for job in items(port, "/api/jobs?status=failed")] == ["j/1"]
    assert [job["id"] for job in items(port, "/api/jobs?limit=2&type=t")] == [f"j/{n}" for n in (4, 3, 2, 1, 0)]
    assert [job["id"] for job in items(port, "/api/jobs?after=0&limit=2")][:2] == ["j/0", "j/1"]
    counts = ask(port, "/api/jobs/counts").body
    assert [counts[each] for each in ("pending", "scheduled", "completed", "failed", "cancelled")] == [3, 1, 0, 1, 1]
    history = ask(port, "/api/jobs/j%2F0").body["history"]
    assert [row["type"] for row in history] == ["job_reopened", "job_completed", "job_added"]
    assert {row["machine_name"] for row in history} == {"monitor"}
    assert order(port, "/api/jobs/actions", {"action": "retry", "type": "t", "status": "failed"}).body["done"] == 1
    done = order(port, "/api/jobs/actions", {"action": "remove", "ids": ["j/1", "none"]}).body
    assert (done["done"], [each["id"] for each in done["refused"]]) == (1, ["none"])
    assert order(port, "/api/jobs/actions", {"action": "remove"}).status == 400
    assert order(port, "/api/jobs/j%2F3/remove").body == {"removed": "j/3"}
    assert ask(port, "/api/jobs/j%2F3").status == 404
    assert "j/0" in workspace.run("statemachine-db", "list").stdout


@pytest.mark.req("H3")
def test_an_order_for_all_that_match_goes_on_to_the_last_and_leaves_what_came_later(port: int) -> None:
    for number in range(7):
        order(port, "/api/jobs", {"id": f"old-{number}", "type": "t"})
    asked = {"action": "cancel", "type": "t", "status": "pending", "limit": 3}
    done = order(port, "/api/jobs/actions", asked).body
    order(port, "/api/jobs", {"id": "new", "type": "t"})
    counts = [done["done"]]
    while done["next"] is not None:
        done = order(port, "/api/jobs/actions", asked | {"before": done["next"]}).body
        counts.append(done["done"])
    assert counts == [3, 3, 1]
    assert [job["id"] for job in items(port, "/api/jobs?status=pending")] == ["new"]
    assert len(items(port, "/api/jobs?status=cancelled")) == 7
    assert order(port, "/api/jobs/actions", {"action": "cancel", "ids": ["x"] * 1001}).status == 400


@pytest.mark.req("H4")
def test_a_machine_is_paused_goes_on_and_starts_over(workspace: Workspace, port: int) -> None:
    start_machine(workspace, "lamp")
    flip(workspace, "lamp")
    assert order(port, "/api/machines/lamp/resume").status == 409
    paused = order(port, "/api/machines/lamp/pause").body
    assert (paused["paused"], paused["state"]) == (True, "on")
    assert order(port, "/api/machines/lamp/pause").status == 409
    flip(workspace, "lamp")
    assert ask(port, "/api/machines/lamp").body["pending"] == 1
    assert order(port, "/api/machines/lamp/resume").body["paused"] is False
    while ask(port, "/api/machines/lamp").body["state"] != "off":
        pass
    flip(workspace, "lamp")
    assert order(port, "/api/machines/lamp/reset").body["state"] == "off"
    assert order(port, "/api/machines/none/reset").status == 404


@pytest.mark.req("H3")
def test_a_payload_of_any_size_and_kind_is_told(workspace: Workspace, port: int) -> None:
    large = {"text": "x" * 100_000}
    assert order(port, "/api/jobs", {"id": "large", "type": "t", "payload": large}).status == 201
    assert ask(port, "/api/jobs/large").body["payload"] == large
    assert items(port, "/api/jobs")[0]["payload"] is None
    halves = '{"message": "\\ud83d"}'
    say = ("--target", "ui", "--type", "activity_log", "--payload", '{"message": "\U0001f600"}')
    assert workspace.run("statemachine-db", "send-event", *say).returncode == 0
    connection = apsw.Connection(str(workspace.database))
    connection.cursor().execute(
        "INSERT INTO realtime_events (machine_name, event_type, payload, created) VALUES ('x', 'activity_log', ?, 1)",
        (halves,),
    )
    connection.close()
    newest, older = items(port, "/api/activity")
    assert (newest["payload"], older["payload"]) == ({"message": "?"}, {"message": "\U0001f600"})


@pytest.mark.req("H3")
def test_a_database_that_cannot_be_read_is_said_and_not_a_fault(workspace: Workspace, port: int) -> None:
    workspace.database.write_bytes(b"not a database" * 1000)
    for path in ("/api/machines", "/api/jobs", "/api/events", "/api/activity", "/api/machines/a"):
        answer = ask(port, path)
        assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
        assert str(workspace.database) in answer.body["detail"]
    assert ask(port, "/metrics").status == 200


@pytest.mark.req("H6")
def test_a_database_of_a_newer_version_is_left_alone_and_read_again_when_it_fits(
    workspace: Workspace, port: int
) -> None:
    start_machine(workspace, "lamp").stop()
    assert ask(port, "/api/machines").status == 200
    connection = apsw.Connection(str(workspace.database))
    connection.cursor().execute(f"PRAGMA user_version = {LATEST + 1}")
    for path in ("/api/machines", "/api/jobs"):
        answer = ask(port, path)
        assert answer.status == 503
        assert "newer version" in answer.body["detail"]
    connection.cursor().execute(f"PRAGMA user_version = {LATEST}")
    connection.close()
    assert [machine["name"] for machine in ask(port, "/api/machines").body["machines"]] == ["lamp"]


@pytest.mark.req("H5")
def test_the_monitor_knows_who_asks_over_the_socket_file(workspace: Workspace) -> None:
    path = workspace.path / "monitor.sock"
    with open_monitor(workspace) as monitor, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        monitor.start(handed_over=(listener,))
        monitor.until_told("READY=1")
        assert order(path, "/api/events", {"target": "lamp", "type": "flip"}).status == 201
        assert ask(path, "/api/events").body["items"][0]["source"] == f"monitor (uid {os.getuid()})"
