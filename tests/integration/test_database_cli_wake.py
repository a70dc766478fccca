"""statemachine-db wake: whom it rings at, and what it prints for the timer."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from statemachine_internal.control.envelope import WAKE
from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import Workspace

SECOND = 1_000_000
NOW = time.time_ns() // 1000
PAST, FUTURE, LATER = NOW - 60 * SECOND, NOW + 3600 * SECOND, NOW + 7200 * SECOND

Listen = Callable[..., socket.socket]


class Database:
    """Rows, written as a machine writes them."""

    def __init__(self, path: Path) -> None:
        self.store = SqliteStore(str(path))

    def machine(
        self,
        name: str,
        status: MachineStatus = MachineStatus.WAITING,
        *,
        cursor: int = 1,
        waits_for: str | None = None,
        control_path: str | None = None,
        **timers: int,
    ) -> None:
        where = Place(
            state="s", status=status, entry=1, via="go", list_start=0, cursor=cursor, list_end=1, waits_for=waits_for
        )
        with self.store.transaction():
            self.store.create(
                name,
                where,
                digest="h",
                config_type="c",
                control_path=control_path,
                process=Process(pid=1, boot_id="b"),
                now=NOW,
            )
            self.store.save(name, 1, where, NOW)
            for timer, due in timers.items():
                self.store.set_timer(name, timer, due)

    def event(self, target: str, not_before: int = 0, status: EventStatus = EventStatus.PENDING) -> None:
        with self.store.transaction():
            self.store.accept(NewEvent(target=target, type="go", not_before=not_before), status, NOW)


@pytest.fixture
def database(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    monkeypatch.setenv("STATEMACHINE_DATABASE", str(workspace.database))
    opened = Database(workspace.database)
    yield opened
    opened.store.close()


@pytest.fixture
def listen(workspace: Workspace) -> Iterator[Listen]:
    """The control socket of a machine, as systemd holds it: nobody accepts."""
    with ExitStack() as opened:

        def make(name: str, path: Path | None = None) -> socket.socket:
            path = path or workspace.runtime_dir / "control" / f"{name}.sock"
            path.parent.mkdir(exist_ok=True)
            listener = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            listener.bind(str(path))
            listener.listen()
            listener.setblocking(False)
            return listener

        yield make


def rung(listener: socket.socket) -> bool:
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        return False
    with connection:
        return connection.recv(1000) == WAKE


def wake(workspace: Workspace, *arguments: str) -> tuple[str, str]:
    done = workspace.run("statemachine-db", "wake", *arguments)
    assert done.returncode == 0, done
    return done.stdout, done.stderr


@pytest.mark.req("G7")
@pytest.mark.req("P4")
def test_whoever_has_a_pending_event_is_woken(workspace: Workspace, database: Database, listen: Listen) -> None:
    for name in ("idle", "worker", "waits", "done"):
        database.machine(name, MachineStatus.FINISHED if name == "done" else MachineStatus.WAITING)
    sockets = {name: listen(name) for name in ("idle", "worker", "waits", "done", "never.ran")}
    database.event("worker")
    database.event("worker", PAST)
    database.event("waits", FUTURE)
    database.event("waits", status=EventStatus.DEFERRED)
    database.event("done")
    database.event("never.ran")
    database.event("ui")
    assert wake(workspace) == ("woke done: 1 event\nwoke never.ran: 1 event\nwoke worker: 2 events\n", "")
    assert [name for name, listener in sockets.items() if rung(listener)] == ["worker", "done", "never.ran"]


@pytest.mark.req("G7")
@pytest.mark.req("P10")
def test_whoever_has_a_timer_that_is_due_is_woken(workspace: Workspace, database: Database, listen: Listen) -> None:
    database.machine("late", timeout=PAST, other=PAST, third=FUTURE)
    database.machine("early", timeout=FUTURE)
    database.machine("paused", MachineStatus.PAUSED, timeout=PAST)
    database.event("paused")
    for name in ("late", "early", "paused"):
        listen(name)
    assert wake(workspace) == ("woke late: timer other, timer timeout\n", "")


@pytest.mark.req("G7")
@pytest.mark.req("P6")
def test_a_machine_whose_process_ended_amid_its_actions_is_woken(
    workspace: Workspace, database: Database, listen: Listen
) -> None:
    database.machine("cut", MachineStatus.RUNNING, cursor=0)
    database.machine("stopped", MachineStatus.STOPPED, cursor=0)
    database.machine("sleeps", cursor=0, action=FUTURE)
    database.machine("parked", cursor=0, waits_for='["job"]')
    database.machine("failed", MachineStatus.FAILED, cursor=0)
    for name in ("cut", "stopped", "sleeps", "parked", "failed"):
        listen(name)
    assert wake(workspace)[0] == "woke cut: actions to go on with\nwoke stopped: actions to go on with\n"


@pytest.mark.req("G7")
@pytest.mark.req("P7")
def test_a_machine_that_runs_is_left_alone(workspace: Workspace, database: Database, listen: Listen) -> None:
    database.machine("worker", timeout=PAST)
    database.event("worker")
    listener = listen("worker")
    lock = MachineLock("worker")
    assert wake(workspace) == ("", "")
    assert not rung(listener)
    lock.release()
    assert wake(workspace)[0] == "woke worker: 1 event, timer timeout\n"
    assert rung(listener)


@pytest.mark.req("G7")
def test_whoever_has_no_socket_is_named(workspace: Workspace, database: Database, listen: Listen) -> None:
    database.event("gone")
    database.event("deaf")
    database.event("not a name")
    database.event("worker")
    listen("worker")
    listen("deaf").close()
    said, complaints = wake(workspace)
    assert said == "woke worker: 1 event\n"
    folder = workspace.runtime_dir / "control"
    assert complaints.splitlines() == [
        f"statemachine-db: can't wake deaf: 1 event; nobody listens at {folder}/deaf.sock",
        f"statemachine-db: can't wake gone: 1 event; no socket at {folder}/gone.sock",
        "statemachine-db: can't wake not a name: 1 event; machine name 'not a name' can't be used; use 1 to 64 "
        "letters, digits, '_', '.' or '-', of which the first is a letter or a digit",
    ]


@pytest.mark.req("G7")
def test_a_machine_that_is_named_is_woken_whatever_waits(
    workspace: Workspace, database: Database, listen: Listen
) -> None:
    elsewhere = workspace.path / "x-other.sock"
    database.machine("other", MachineStatus.PAUSED, control_path=str(elsewhere))
    database.event("worker")
    worker, other = listen("worker"), listen("other", elsewhere)
    lock = MachineLock("other")
    assert wake(workspace, "other") == ("woke other\n", "")
    assert rung(other)
    assert not rung(worker)
    lock.release()
    refused = workspace.run("statemachine-db", "wake", "ghost")
    assert (refused.returncode, refused.stdout) == (1, "")
    path = workspace.runtime_dir / "control" / "ghost.sock"
    assert refused.stderr == f"statemachine-db: can't wake ghost; no socket at {path}\n"
    wrong = workspace.run("statemachine-db", "wake", "a/b")
    assert wrong.returncode == 2


@pytest.mark.req("G7")
@pytest.mark.req("P10")
def test_the_next_due_time_is_printed_alone(workspace: Workspace, database: Database, listen: Listen) -> None:
    database.machine("worker", timeout=LATER)
    database.machine("paused", MachineStatus.PAUSED, timeout=FUTURE)
    database.machine("runs", timeout=FUTURE)
    database.event("done-with", FUTURE, EventStatus.IGNORED)
    database.event("worker")
    database.event("gone")
    listener = listen("worker")
    lock = MachineLock("runs")
    said, complaints = wake(workspace, "--print-next")
    assert said == f"{LATER // SECOND}.{LATER % SECOND:06}\n"
    assert complaints.splitlines()[1] == "statemachine-db: woke worker: 1 event"
    assert "can't wake gone" in complaints
    assert rung(listener)
    lock.release()
    assert wake(workspace, "--print-next")[0] == f"{FUTURE // SECOND}.{FUTURE % SECOND:06}\n"
    database.event("never-ran", FUTURE - 7)
    due = FUTURE - 7
    assert wake(workspace, "--print-next", "--format", "json")[0] == f"{due // SECOND}.{due % SECOND:06}\n"


@pytest.mark.req("G7")
def test_nothing_is_printed_when_nothing_is_ahead(workspace: Workspace, database: Database) -> None:
    database.machine("done", MachineStatus.FINISHED)
    database.machine("late", timeout=PAST)
    said, complaints = wake(workspace, "--print-next")
    assert said == ""
    assert "can't wake late" in complaints


@pytest.mark.req("G7")
def test_without_a_database_nobody_is_woken_and_none_is_made(workspace: Workspace) -> None:
    said, complaints = wake(workspace, "--print-next")
    assert said == ""
    assert complaints.startswith(f"statemachine-db: no database at {workspace.database} yet")
    assert not workspace.database.exists()


@pytest.mark.req("G7")
def test_in_json_each_has_its_reason(workspace: Workspace, database: Database, listen: Listen) -> None:
    database.event("gone")
    database.event("worker")
    listen("worker")
    gone, worker = json.loads(wake(workspace, "--format", "json")[0])
    assert (gone["machine"], gone["woken"], gone["waiting"]) == ("gone", False, "1 event")
    assert gone["problem"].startswith("no socket at ")
    assert worker == {
        "machine": "worker",
        "woken": True,
        "waiting": "1 event",
        "socket": str(workspace.runtime_dir / "control" / "worker.sock"),
        "problem": None,
    }
