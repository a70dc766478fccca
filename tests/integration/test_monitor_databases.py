"""What becomes of the database while the monitor runs and clients listen: they are told, and it goes on by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from statemachine_internal.feed.wakeup import FeedBell
from support.machines import flip, start_machine
from support.websocket import WebSocket
from support.workspace import Workspace
from unit.monitor.running import ask, open_monitor, order


@pytest.fixture
def port(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    with open_monitor(workspace) as monitor:
        monitor.start("--port", "0", "--no-websocket")
        yield monitor.ready()[0]


def ring() -> None:
    """What the next commit of any machine would do."""
    with FeedBell() as bell:
        bell.ring(0)


def names(port: int) -> list[str]:
    return [machine["name"] for machine in ask(port, "/api/machines").body["machines"]]


def with_rows(workspace: Workspace, count: int) -> None:
    """A machine that has run, and is stopped."""
    running = start_machine(workspace, "lamp")
    flip(workspace, "lamp", count)
    assert running.stop() == 0


def files(workspace: Workspace) -> list[Path]:
    return [path for path in workspace.path.glob("statemachine.db*") if path.suffix in (".db", ".db-wal", ".db-shm")]


def backed_up(workspace: Workspace) -> Path:
    target = workspace.path / "kept.db"
    assert workspace.run("statemachine-db", "backup", str(target)).returncode == 0
    return target


@pytest.mark.req("H6")
def test_clients_of_a_database_that_is_emptied_hear_of_the_next_machine(workspace: Workspace, port: int) -> None:
    with_rows(workspace, 10)
    with WebSocket(port, "/ws") as client, WebSocket(port, "/ws/ui") as page:
        last = client.until_type("initial")["payload"]["last_id"]
        page.say({"after": last, "machines": "*"})
        assert [machine["name"] for machine in page.until_type("frame")["machines"]] == ["lamp"]
        emptied = workspace.run("statemachine-db", "recreate-database", "--force")
        assert emptied.returncode == 0, emptied.stderr
        assert names(port) == []
        assert page.until(lambda message: "removed" in message)["removed"]["machines"] == ["lamp"]
        client.say({"type": "refresh"})
        client.until(lambda message: message["type"] == "initial" and message["payload"]["machines"] == [])
        client.say({"after": last})
        start_machine(workspace, "other")
        assert client.until_type("machine_registered")["id"] > last
        assert page.until(lambda message: bool(message.get("machines")))["machines"][0]["name"] == "other"


@pytest.mark.req("H6")
@pytest.mark.parametrize("how", ["beside it, and renamed", "into the same file"])
def test_clients_of_a_database_that_is_restored_begin_anew(workspace: Workspace, port: int, how: str) -> None:
    with_rows(workspace, 10)
    kept = backed_up(workspace)
    with_rows(workspace, 500)
    with WebSocket(port, "/ws") as client, WebSocket(port, "/ws/ui") as page:
        last = client.until_type("initial")["payload"]["last_id"]
        page.say({"after": last, "machines": "*"})
        page.until_type("frame")
        if how == "into the same file":
            source, target = apsw.Connection(str(kept)), apsw.Connection(str(workspace.database))
            with target.backup("main", source, "main") as copying:
                copying.step()
            source.close()
            target.close()
        else:
            kept.rename(workspace.database)
            for path in files(workspace):
                if path != workspace.database:
                    path.unlink()
        ring()
        initial = client.until_type("initial")
        assert initial["payload"]["last_id"] < last
        assert page.until(lambda message: bool(message.get("full")))["last_id"] == initial["payload"]["last_id"]
        client.say({"after": last})  # it may have thought of another one
        assert client.until_type("initial")["payload"]["last_id"] < last
        start_machine(workspace, "lamp")
        flip(workspace, "lamp")
        assert client.until_type("state_change")["id"] < last


@pytest.mark.req("H6")
def test_clients_of_a_database_that_is_removed_are_told_that_nothing_is_there(workspace: Workspace, port: int) -> None:
    with_rows(workspace, 10)
    with WebSocket(port, "/ws") as client, WebSocket(port, "/ws/ui") as page:
        client.until_type("initial")
        page.say({"after": None, "machines": "*"})
        page.until_type("frame")
        for path in files(workspace):
            path.unlink()
        ring()
        assert client.until_type("initial")["payload"] == {"machines": [], "last_id": 0}
        frame = page.until(lambda message: bool(message.get("full")))
        assert (frame["machines"], frame["last_id"]) == ([], 0)
        assert ask(port, "/api/machines").body == {"machines": [], "last_id": 0}
        assert ask(port, "/health").body["database"]["exists"] is False
        start_machine(workspace, "other")
        assert client.until_type("machine_registered")["machine_name"] == "other"


@pytest.mark.req("H6")
def test_clients_of_a_database_that_is_too_new_are_told_and_of_its_return(workspace: Workspace, port: int) -> None:
    with_rows(workspace, 10)
    with WebSocket(port, "/ws") as client, WebSocket(port, "/ws/ui") as page:
        client.until_type("initial")
        page.say({"after": None, "machines": "*"})
        page.until_type("frame")
        connection = apsw.Connection(str(workspace.database))
        version = int(str(connection.cursor().execute("PRAGMA user_version").fetchall()[0][0]))
        connection.cursor().execute(f"PRAGMA user_version = {version + 1}")
        ring()
        assert "made by a newer version" in client.until_type("unavailable")["payload"]["error"]
        assert "made by a newer version" in page.until_type("unavailable")["error"]
        answer = ask(port, "/api/machines")
        assert (answer.status, "newer version" in answer.body["detail"]) == (503, True)
        assert ask(port, "/health").status == 503
        connection.cursor().execute(f"PRAGMA user_version = {version}")
        connection.close()
        ring()
        assert client.until_type("initial")["payload"]["machines"][0]["name"] == "lamp"
        assert page.until_type("unavailable")["error"] is None
        assert ask(port, "/api/machines").status == 200


@pytest.mark.req("H6")
def test_while_somebody_writes_for_long_all_is_read_and_what_is_written_waits(workspace: Workspace, port: int) -> None:
    with_rows(workspace, 10)
    writer = apsw.Connection(str(workspace.database))
    writer.cursor().execute("BEGIN IMMEDIATE")
    added: list[int] = []
    adding = threading.Thread(target=lambda: added.append(order(port, "/api/jobs", {"id": "j", "type": "t"}).status))
    with WebSocket(port, "/ws") as client:
        assert client.until_type("initial")["payload"]["machines"][0]["name"] == "lamp"
        adding.start()
        for path in ("/api/machines", "/api/machines/lamp/history", "/api/jobs", "/metrics", "/health"):
            assert ask(port, path).status == 200
        client.say({"type": "ping"})
        client.until_type("pong")
        assert added == []
        writer.cursor().execute("COMMIT")
        writer.close()
        adding.join()
        assert added == [201]
        assert client.until_type("job_added")["payload"]["job_id"] == "j"
