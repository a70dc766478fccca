"""What statemachine-db says of machines and their jobs, and how it cleans up, as a shell sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import pytest

from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent
from statemachine_internal.store.sqlite import SqliteStore
from support.db_rows import DAY, NOW, OLD, SECOND, ids, job, machine
from support.db_shell import checked, refused, rows, run, said
from support.terminal import on_a_terminal
from support.workspace import Workspace

DELETING = ["cleanup --status completed", "cleanup-events", "recreate-database"]


@pytest.fixture
def store(workspace: Workspace) -> Iterator[SqliteStore]:
    store = SqliteStore(str(workspace.database))
    yield store
    store.close()


@pytest.fixture
def lock(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process of the machine "alive"."""
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    monkeypatch.setenv("STATEMACHINE_DATABASE", str(workspace.database))
    lock = MachineLock("alive")
    yield
    lock.release()


# --- wrong arguments -------------------------------------------------------------------------------------------------


@pytest.mark.req("G3")
@pytest.mark.req("G4")
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("cleanup", "missing: --status S"),
        ("cleanup --status pending", "--status is 'pending'; use one of: completed, failed, cancelled"),
        ("cleanup --status failed --older-than 7", "use a whole number with a unit"),
        ("cleanup-events --status pending", "use one of: processed, ignored, failed"),
        ("cleanup-events --older-than x", "use a whole number with a unit"),
        ("reset-processing now", "unexpected argument 'now'"),
        ("recreate-database --forced", "did you mean '--force'?"),
        ("machine-status --format xml", "use one of: table, json"),
        ("machine-health --limit 0", "use a whole number of 1 or more"),
        ("list-errors --limit 0", "use a whole number of 1 or more"),
        ("controller-log --hours 0", "use a number above 0"),
    ],
)
def test_a_wrong_argument_is_one_line(workspace: Workspace, command: str, message: str) -> None:
    assert message in refused(workspace, command, 2)


# --- cleaning up -----------------------------------------------------------------------------------------------------


@pytest.mark.req("G3")
def test_finished_jobs_go_by_status_and_age(workspace: Workspace, store: SqliteStore) -> None:
    machine(store, "m")
    job(store, "open", at=OLD)
    job(store, "busy", by="m", at=OLD)
    for end in ("completed", "failed", "cancelled"):
        job(store, f"old-{end}", end=end, at=OLD)
        job(store, f"new-{end}", end=end)
    assert said(workspace, "cleanup --status completed --older-than 30d --force") == "deleted 1 completed job\n"
    assert said(workspace, "cleanup --status failed --force") == "deleted 2 failed jobs\n"
    assert said(workspace, "cleanup --status failed --force") == "deleted 0 failed jobs\n"
    left = {"open", "busy", "new-completed", "old-cancelled", "new-cancelled"}
    everything = {
        "open",
        "busy",
        *(f"{age}-{end}" for age in ("old", "new") for end in ("completed", "failed", "cancelled")),
    }
    assert ids(store, *everything) == left
    checked(workspace)


@pytest.mark.req("G7")
def test_prune_takes_old_jobs_that_are_done_and_leaves_the_failed_ones(
    workspace: Workspace, store: SqliteStore
) -> None:
    for end in ("completed", "failed", "cancelled"):
        job(store, f"old-{end}", end=end, at=OLD)
        job(store, f"new-{end}", end=end)
    job(store, "open", at=OLD)
    counted = "0 events, 2 jobs and 0 feed rows"
    assert said(workspace, "prune --older-than 90d --dry-run") == f"would delete {counted}\n"
    status, shown = on_a_terminal(workspace, "prune --older-than 90d", answer=b"n\n")
    assert status == 1
    assert f"this deletes {counted} from" in shown
    assert said(workspace, "maintain --backups 0").splitlines()[0] == f"prune: deleted {counted} older than 90 days"
    assert said(workspace, "prune --older-than 90d --force") == "deleted 0 events and 0 feed rows\n"
    assert ids(store, "old-completed", "old-failed", "old-cancelled", "open", "new-completed", "new-cancelled") == {
        "old-failed",
        "open",
        "new-completed",
        "new-cancelled",
    }
    checked(workspace)


@pytest.mark.req("G4")
def test_settled_events_go_and_what_they_changed_stays(workspace: Workspace, store: SqliteStore) -> None:
    machine(store, "m")
    with store.transaction():
        for status in EventStatus:
            for age, now in (("old", OLD), ("new", NOW)):
                id, _ = store.accept(NewEvent(target="m", type=f"{age}-{status.value}"), status, now)
                if status is EventStatus.PROCESSED:
                    store.append("m", "event_taken", "{}", now, id)

    def types() -> set[object]:
        return {row["type"] for row in rows(workspace, "list-events")}

    before = types()
    assert said(workspace, "cleanup-events --status ignored --older-than 30d --force") == "deleted 1 ignored event\n"
    assert before - types() == {"old-ignored"}
    checked(workspace)
    assert said(workspace, "cleanup-events --force") == "deleted 2 settled events\n"
    assert before - types() == {"old-ignored", "old-processed", "old-failed"}
    checked(workspace)
    assert len(store.feed(0, 10)) == 2


@pytest.mark.req("G3")
@pytest.mark.req("G4")
@pytest.mark.req("G7")
@pytest.mark.parametrize("command", DELETING)
def test_what_deletes_asks_first(workspace: Workspace, store: SqliteStore, command: str) -> None:
    job(store, "j", end="completed", at=OLD)
    with store.transaction():
        store.accept(NewEvent(target="m", type="go"), EventStatus.IGNORED, OLD)
    assert "say --force" in refused(workspace, command)
    for answer in (b"n\n", b"\n", b"\x04"):
        status, shown = on_a_terminal(workspace, command, answer=answer)
        assert status == 1
        assert "this deletes " in shown
        assert "nothing was done" in shown
    assert (ids(store, "j"), len(rows(workspace, "list-events"))) == ({"j"}, 1)
    status, shown = on_a_terminal(workspace, command, answer=b"yes\n")
    assert status == 0, shown
    left = (len(ids(store, "j")), len(rows(workspace, "list-events")))
    name, *_ = command.split()
    assert left == {"cleanup": (0, 1), "cleanup-events": (1, 0), "recreate-database": (0, 0)}[name]


# --- reset-processing ------------------------------------------------------------------------------------------------


@pytest.mark.req("F3")
@pytest.mark.req("G3")
@pytest.mark.usefixtures("lock")
def test_the_jobs_of_machines_that_are_gone_are_freed(workspace: Workspace, store: SqliteStore) -> None:
    for name, id in (("alive", "a"), ("gone", "b"), ("gone2", "c")):
        machine(store, name)
        job(store, id, by=name)
    assert said(workspace, "reset-processing").splitlines() == [
        "job b is pending again; gone worked on it",
        "job c is pending again; gone2 worked on it",
        "job a stays with alive, which is running",
        "freed 2 jobs",
    ]
    assert {row["id"]: row["status"] for row in rows(workspace, "list")} == {
        "a": "processing",
        "b": "pending",
        "c": "pending",
    }
    assert said(workspace, "reset-processing --force").splitlines() == [
        "job a is pending again; alive worked on it",
        "freed 1 job",
    ]
    checked(workspace)


# --- machines and their jobs -----------------------------------------------------------------------------------------


@pytest.mark.req("G5")
@pytest.mark.usefixtures("lock")
def test_a_machine_shows_its_job_and_what_it_waits_for(workspace: Workspace, store: SqliteStore) -> None:
    machine(store, "alive", MachineStatus.RUNNING)
    machine(store, "boss", jobs=["a", "b"])
    machine(store, "idle", jobs_for={"type": "resize"})
    machine(store, "any", jobs_for={})
    job(store, "j1", by="alive")
    with store.transaction():
        store.jobs.set_progress("j1", "alive", 40)
        store.accept(NewEvent(target="boss", type="go"), EventStatus.PENDING, NOW)
    found = {str(row["machine"]): row for row in rows(workspace, "machine-status")}
    alive = found["alive"]
    assert (alive["status"], alive["alive"], alive["job"], alive["progress"]) == ("running", True, "j1", 40)
    assert [found[name]["parked_for"] for name in ("alive", "any", "boss", "idle")] == [
        None,
        "a job",
        "2 jobs' ends",
        "a job of type resize",
    ]
    assert (found["boss"]["pending"], found["boss"]["status"], found["boss"]["alive"]) == (1, "waiting", False)
    text = said(workspace, "machine-status --machine alive")
    assert text.splitlines()[1].split()[:5] == ["alive", "idle", "running", "j1", "40"]
    assert "not running" in said(workspace, "machine-status --machine idle")
    assert [found[name]["waiting_jobs"] for name in ("alive", "any", "boss", "idle")] == [0, 0, 0, 0]
    with store.transaction():
        store.jobs.add(NewJob(id="j2", type="resize"), NOW)
        store.jobs.add(NewJob(id="j3", type="resize", run_after=NOW + DAY), NOW)
    job(store, "j4")
    found = {str(row["machine"]): row for row in rows(workspace, "machine-status")}
    assert [found[name]["waiting_jobs"] for name in ("alive", "any", "boss", "idle")] == [0, 2, 0, 1]
    head, idle = said(workspace, "machine-status --machine idle").splitlines()
    assert idle[head.index("  JOBS ") :].split()[0] == "1"
    assert rows(workspace, "machine-status --machine nobody") == []


@pytest.mark.req("G5")
@pytest.mark.usefixtures("lock")
def test_the_health_of_all_is_a_line_each_and_the_exit_status(workspace: Workspace, store: SqliteStore) -> None:
    machine(store, "alive")
    machine(store, "done", MachineStatus.FINISHED)
    machine(store, "quiet", MachineStatus.STOPPED)
    assert said(workspace, "machine-health").splitlines() == [
        "alive: ok: waiting",
        "done: ok: finished",
        "quiet: ok: not running, nothing waits",
    ]
    machine(store, "held")
    assert said(workspace, "pause held").startswith("machine held is paused; ")
    machine(store, "lost")
    job(store, "j", by="lost")
    machine(store, "parked", jobs_for={"type": "t"})
    machine(store, "parked2", jobs_for={"type": "u"})
    for id in ("j2", "j3"):
        job(store, id)
    machine(store, "sick", MachineStatus.RUNNING, failures=3)
    machine(store, "worker")
    with store.transaction():
        store.append("sick", "error", json.dumps({"error": "no\x1b[1m room\nat all"}), NOW)
        for target in ("worker", "worker", "ghost"):
            store.accept(NewEvent(target=target, type="go"), EventStatus.PENDING, NOW)
    done = run(workspace, "machine-health")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "alive: ok: waiting",
        "done: ok: finished",
        "held: paused: resume it with: statemachine-db resume held",
        "lost: not running: and something waits for it: job j",
        "parked: not running: and something waits for it: 2 pending jobs",
        "parked2: ok: not running, nothing waits",
        "quiet: ok: not running, nothing waits",
        "sick: failing: no\\x1b[1m room",
        "worker: not running: and something waits for it: 2 events",
        "ghost: not running: it has never run here, and something waits for it: 1 event",
    ]
    assert said(workspace, "machine-health --machine alive") == "alive: ok: waiting\n"
    for name in ("held", "ghost", "sick"):
        assert run(workspace, f"machine-health --machine {name}").returncode == 1
    worst = run(workspace, "machine-health --limit 2")  # of ten, and what isn't well comes first
    assert (worst.returncode, worst.stdout.splitlines()) == (1, done.stdout.splitlines()[2:4])
    machine(store, "due", jobs=["j2-of-old"])
    assert (
        "due: not running: and something waits for it: the end of its jobs\n" in run(workspace, "machine-health").stdout
    )
    with store.transaction():
        store.accept(NewEvent(target="alive", type="go"), EventStatus.PENDING, NOW)
    assert said(workspace, "machine-health --machine alive") == "alive: ok: waiting, 1 event\n"
    assert "no machine 'nobody' has run here" in refused(workspace, "machine-health --machine nobody")
    found = {row["machine"]: row["health"] for row in rows(workspace, "machine-health")}
    assert found == {
        "alive": "ok", "done": "ok", "held": "paused", "lost": "not running", "quiet": "ok",
        "parked": "not running", "parked2": "ok", "sick": "failing", "worker": "not running", "ghost": "not running",
        "due": "not running",
    }  # fmt: skip


@pytest.mark.req("G6")
def test_errors_are_the_failed_jobs_and_the_latest_of_each_machine(workspace: Workspace, store: SqliteStore) -> None:
    machine(store, "a")
    with store.transaction():
        store.append("a", "error", json.dumps({"error": "first"}), OLD)
        store.append("b", "error", json.dumps({"error": "of b"}), NOW - 2 * SECOND)
        store.append("a", "error", json.dumps({"error": "second\nline"}), NOW - SECOND)
    job(store, "j", end="failed")
    job(store, "fine", end="completed")
    found = [(row["kind"], row["name"], row["errors"], row["error"]) for row in rows(workspace, "list-errors")]
    assert found == [
        ("job", "j", 1, "it broke\nbadly"),
        ("machine", "a", 2, "second\nline"),
        ("machine", "b", 1, "of b"),
    ]
    assert [line.split()[1:] for line in said(workspace, "list-errors --limit 2").splitlines()[1:]] == [
        ["job", "j", "1", "it", "broke"],
        ["machine", "a", "2", "second"],
    ]


@pytest.mark.req("G6")
def test_the_activity_log_is_listed(workspace: Workspace, store: SqliteStore) -> None:
    with store.transaction():
        for name, text, now in (("a", "old", OLD), ("a", "one\x1b[1m", NOW - SECOND), ("cli", "two", NOW)):
            payload = {"message": text, "level": "info", "state": "s", "job_id": "j"}
            store.append(name, "activity_log", json.dumps(payload), now)
        store.append("a", "error", "{}", NOW)
    assert [row["message"] for row in rows(workspace, "controller-log")] == ["two", "one\x1b[1m", "old"]
    assert [row["message"] for row in rows(workspace, "controller-log --machine a --hours 1")] == ["one\x1b[1m"]
    assert len(rows(workspace, "controller-log --limit 1")) == 1
    assert "one\\x1b[1m" in said(workspace, "controller-log")


# --- the database as a whole -----------------------------------------------------------------------------------------


@pytest.mark.req("G5")
@pytest.mark.req("G7")
def test_status_and_check_count_the_jobs(workspace: Workspace, store: SqliteStore) -> None:
    none = {line[:14].strip(): line[16:] for line in said(workspace, "status").splitlines()}
    assert (none["jobs"], none["oldest job"]) == ("none", "none is pending")
    machine(store, "m")
    job(store, "busy", by="m", at=OLD)
    job(store, "done", end="completed", at=OLD)
    with store.transaction():
        store.jobs.add(NewJob(id="later", type="t", run_after=NOW + DAY), OLD)
        store.jobs.add(NewJob(id="due", type="t", run_after=NOW - DAY), OLD)
    job(store, "old", at=NOW - 2 * DAY)
    job(store, "new")
    found = json.loads(said(workspace, "status --format json"))
    assert found["jobs"] == {"completed": 1, "pending": 3, "processing": 1, "scheduled": 1}
    assert found["oldest_job"] == "old"
    assert datetime.fromisoformat(found["oldest_job_pending"]).timestamp() == (NOW - 2 * DAY) / SECOND
    text = said(workspace, "status")
    assert "jobs            6: 1 completed, 3 pending, 1 processing, 1 scheduled\n" in text
    assert "oldest job      old, pending since 20" in text
    assert "(2d 0h ago)\n" in text
    assert said(workspace, "check") == "ok: 1 machines, 0 events, 0 feed rows, 0 timers, 6 jobs\n"
