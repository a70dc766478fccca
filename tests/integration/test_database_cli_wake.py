"""statemachine-db wake: whom it rings at, and what it prints for the timer."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from statemachine_internal.control.envelope import WAKE
from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process
from statemachine_internal.store.sqlite import SqliteStore
from statemachine_internal.store.wishes import Wishes
from support.watch import Watch
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
        paused: bool = False,
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
        if paused:
            with Wishes(self.store.path) as wishes:
                wishes.pause(name, NOW)

    def job(self, id: str, type: str = "t", **more: Any) -> None:
        with self.store.transaction():
            assert self.store.jobs.add(NewJob(id=id, type=type, **more), NOW)

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
    database.machine("paused", paused=True, timeout=PAST)
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
    database.machine("other", paused=True, control_path=str(elsewhere))
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
    database.machine("paused", paused=True, timeout=FUTURE)
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


# --- jobs ------------------------------------------------------------------------------------------------------------


@pytest.mark.req("F3")
@pytest.mark.req("G7")
@pytest.mark.req("P4")
def test_whoever_is_parked_for_a_job_that_is_there_is_woken(
    workspace: Workspace, database: Database, listen: Listen
) -> None:
    for name, wanted in (("any", {}), ("mine", {"type": "t", "machine_type": "big"}), ("other", {"type": "u"})):
        database.machine(name, cursor=0, waits_for=json.dumps({"jobs_for": wanted}))
        listen(name)
    database.machine("held", cursor=0, waits_for='{"jobs_for": {}}', paused=True)
    database.machine("broken", MachineStatus.FAILED, cursor=0, waits_for='{"jobs_for": {}}')
    database.machine("at-rest")
    assert wake(workspace) == ("", "")
    database.job("a", type="t")
    database.job("b", type="t", machine_type="small")
    database.job("late", type="u", run_after=FUTURE)
    assert wake(workspace) == ("woke any: 2 pending jobs\nwoke mine: 1 pending job\n", "")
    assert wake(workspace, "--print-next")[0] == f"{FUTURE // SECOND}.{FUTURE % SECOND:06}\n"
    lock = MachineLock("any")
    assert wake(workspace) == ("woke mine: 1 pending job\n", "")
    lock.release()
    with database.store.transaction():
        assert database.store.jobs.claim_one("at-rest", "a", NOW)
    assert wake(workspace) == ("woke any: 1 pending job\n", "")


@pytest.mark.req("C7")
@pytest.mark.req("G7")
@pytest.mark.req("P4")
def test_whoever_is_parked_for_the_end_of_jobs_that_have_ended_is_woken(
    workspace: Workspace, database: Database, listen: Listen
) -> None:
    for id in ("done", "given-up", "open"):
        database.job(id)
    for name, ids in (("all", ["done", "given-up", "gone"]), ("some", ["done", "open"])):
        database.machine(name, cursor=0, waits_for=json.dumps({"jobs": ids}))
        listen(name)
    assert wake(workspace) == ("", "")
    with database.store.transaction():
        database.store.jobs.complete("done", None, NOW)
        database.store.jobs.fail("given-up", "no paper", NOW)
    assert wake(workspace) == ("woke all: the end of its jobs\n", "")


@pytest.mark.req("G7")
@pytest.mark.req("P6")
def test_whoever_owes_a_parked_action_a_look_goes_on_with_what_it_was_at(
    workspace: Workspace, database: Database, listen: Listen
) -> None:
    back = {"return": {"via": "", "done": 0, "left": 1, "due": None}}
    database.machine("amid", cursor=0, waits_for=json.dumps(back))
    database.machine("parked", cursor=0, waits_for=json.dumps(back | {"jobs_for": {}}))
    for name in ("amid", "parked"):
        listen(name)
    assert wake(workspace)[0] == "woke amid: actions to go on with\n"
    database.job("a")
    assert wake(workspace)[0] == "woke amid: actions to go on with\nwoke parked: 1 pending job\n"


WORKER = """
initial_state: waiting
transitions: [{from: waiting, to: at_it, event: new_job}]
actions: {waiting: [{type: check_database_queue, job_type: t}]}
"""


@pytest.mark.req("G5")
@pytest.mark.req("G7")
def test_a_machine_that_died_while_it_was_parked_is_named_with_its_jobs(workspace: Workspace) -> None:
    with Watch(workspace) as watch:
        running = workspace.start("statemachine", workspace.write("worker.yaml", WORKER))
        parked = "SELECT count(*) FROM machine_state WHERE status = 'waiting' AND waits_for IS NOT NULL"
        watch.until(lambda: watch.query(parked) == [(1,)], running)
    running.kill()  # as a host that goes down does it
    assert workspace.run("statemachine-db", "add-job", "j", "--type", "t").returncode == 0
    socket_path = workspace.runtime_dir / "control" / "worker.sock"
    complaint = f"statemachine-db: can't wake worker: 1 pending job; nobody listens at {socket_path}\n"
    assert wake(workspace) == ("", complaint)
    health = workspace.run("statemachine-db", "machine-health")
    assert health.stdout == "worker: not running: and something waits for it: 1 pending job\n"
    again = workspace.start("statemachine", workspace.path / "worker.yaml")
    with Watch(workspace) as watch:
        watch.until(lambda: watch.query("SELECT current_state FROM machine_state") == [("at_it",)], again)
    assert wake(workspace) == ("", "")
