"""What statemachine-db says of machines and their jobs, and how it cleans up, as a shell sees it."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import time
from collections.abc import Iterator

import pytest

from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process
from statemachine_internal.store.recreation import MachinesRun, recreate
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import Workspace, program_argv

SECOND = 1_000_000
DAY = 86400 * SECOND
NOW = time.time_ns() // 1000
OLD = NOW - 100 * DAY
LISTINGS = ["machine-status", "list-errors", "controller-log", "list", "machine-health"]
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


def run(workspace: Workspace, command: str) -> subprocess.CompletedProcess[str]:
    return workspace.run("statemachine-db", *shlex.split(command))


def said(workspace: Workspace, command: str) -> str:
    done = run(workspace, command)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def refused(workspace: Workspace, command: str, status: int = 1) -> str:
    done = run(workspace, command)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", 1), done
    return done.stderr


def rows(workspace: Workspace, command: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(workspace, f"{command} --format json").stdout)
    return found


def machine(
    store: SqliteStore, name: str, status: MachineStatus = MachineStatus.WAITING, *, failures: int = 0, **waits: object
) -> None:
    where = Place(
        state="idle",
        status=status,
        entry=1,
        via="go",
        list_start=0,
        cursor=1,
        list_end=1,
        failures=failures,
        waits_for=json.dumps(waits) if waits else None,
    )
    process = Process(pid=1, boot_id="b")
    with store.transaction():
        store.create(name, where, digest="h", config_type="c", control_path=None, process=process, now=NOW)
        store.save(name, 1, where, NOW)


def job(store: SqliteStore, id: str, *, by: str | None = None, end: str | None = None, at: int = NOW) -> None:
    with store.transaction():
        store.jobs.add(NewJob(id=id, type="t"), at)
        if by is not None:
            assert store.jobs.claim_one(by, id, at) is not None
        if end == "completed":
            store.jobs.complete(id, None, at)
        elif end == "failed":
            store.jobs.fail(id, "it broke\nbadly", at)
        elif end == "cancelled":
            store.jobs.cancel(id, "unwanted", at)


def ids(store: SqliteStore, *names: str) -> set[str]:
    return set(store.jobs.statuses(list(names)))


def checked(workspace: Workspace) -> None:
    assert said(workspace, "check").startswith("ok: ")


def on_a_terminal(workspace: Workspace, command: str, answer: bytes) -> tuple[int, str]:
    """The exit status of a command, and all that a terminal showed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*program_argv("statemachine-db"), *shlex.split(command)],
        env=workspace.env,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    os.write(master, answer)
    shown = b""
    while True:
        try:
            more = os.read(master, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not more:
            break
        shown += more
    os.close(master)
    return process.wait(30), shown.decode()


# --- nothing there, and wrong arguments ------------------------------------------------------------------------------


@pytest.mark.req("G3")
@pytest.mark.req("G5")
@pytest.mark.req("G6")
@pytest.mark.parametrize("command", LISTINGS)
def test_a_listing_without_a_database_is_empty_and_makes_none(workspace: Workspace, command: str) -> None:
    for format in ("table", "json"):
        done = run(workspace, f"{command} --format {format}")
        assert done.returncode == 0
        assert done.stderr.startswith(f"statemachine-db: no database at {workspace.database} yet")
        assert done.stdout == "[]\n" if format == "json" else done.stdout.count("\n") <= 1
    assert not workspace.database.exists()


@pytest.mark.req("G5")
@pytest.mark.req("G6")
@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", LISTINGS)
def test_a_listing_that_finds_nothing_is_empty(workspace: Workspace, command: str) -> None:
    assert rows(workspace, command) == []
    assert said(workspace, command).count("\n") == (0 if command == "machine-health" else 1)


@pytest.mark.req("G7")
@pytest.mark.parametrize("command", [*LISTINGS, *(f"{name} --force" for name in DELETING[:2]), "reset-processing"])
def test_what_is_no_database_is_one_line(workspace: Workspace, command: str) -> None:
    workspace.write("statemachine.db", "no database at all\n" * 100)
    assert "is not a sound database" in refused(workspace, command)


@pytest.mark.req("G3")
@pytest.mark.parametrize("command", [*(f"{name} --force" for name in DELETING[:2]), "reset-processing"])
def test_where_there_is_no_database_none_is_made(workspace: Workspace, command: str) -> None:
    assert "no database at" in refused(workspace, command)
    assert not workspace.database.exists()


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
        ("machine-health --limit 3", "there is no option '--limit'"),
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
    status, shown = on_a_terminal(workspace, "prune --older-than 90d", b"n\n")
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
        status, shown = on_a_terminal(workspace, command, answer)
        assert status == 1
        assert "this deletes " in shown
        assert "nothing was done" in shown
    assert (ids(store, "j"), len(rows(workspace, "list-events"))) == ({"j"}, 1)
    status, shown = on_a_terminal(workspace, command, b"yes\n")
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
        store.jobs.set_progress("j1", 40)
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
    machine(store, "held", MachineStatus.PAUSED)
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
    assert "no machine 'nobody' has run here" in refused(workspace, "machine-health --machine nobody")
    found = {row["machine"]: row["health"] for row in rows(workspace, "machine-health")}
    assert found == {
        "alive": "ok", "done": "ok", "held": "paused", "lost": "not running", "quiet": "ok",
        "parked": "not running", "parked2": "ok", "sick": "failing", "worker": "not running", "ghost": "not running",
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


# --- recreate-database -----------------------------------------------------------------------------------------------


@pytest.mark.req("G7")
def test_a_database_is_emptied_after_a_backup_under_readers(workspace: Workspace, store: SqliteStore) -> None:
    machine(store, "m")
    job(store, "j", by="m")
    with store.transaction():
        store.set_timer("m", "t", NOW)
        id, _ = store.accept(NewEvent(target="m", type="go"), EventStatus.PROCESSED, NOW)
        seen = store.append("m", "event_taken", "{}", NOW, id)
    text = said(workspace, "recreate-database --force")
    backup = text.rstrip().partition("backup: ")[2]
    assert text == f"{workspace.database} is empty; backup: {backup}\n"
    assert said(workspace, "check") == "ok: 0 machines, 0 events, 0 feed rows, 0 timers\n"
    assert rows(workspace, "list") == []
    with store.transaction():  # a connection of before goes on, and no id comes twice
        assert store.append("m", "note", "{}", NOW) > seen
    check = workspace.run("statemachine-db", "check", env={"STATEMACHINE_DATABASE": backup})
    assert check.stdout == "ok: 1 machines, 1 events, 1 feed rows, 1 timers\n"
    kept = workspace.run("statemachine-db", "details", "j", env={"STATEMACHINE_DATABASE": backup})
    assert kept.returncode == 0
    said(workspace, "recreate-database --force")


@pytest.mark.req("G7")
@pytest.mark.usefixtures("lock")
def test_a_database_is_not_emptied_under_machines(workspace: Workspace, store: SqliteStore) -> None:
    job(store, "j")
    for force in ("", " --force"):
        assert "while machines run: alive; stop them first" in refused(workspace, f"recreate-database{force}")
    assert ids(store, "j") == {"j"}


@pytest.mark.req("G7")
def test_a_machine_that_comes_up_meanwhile_keeps_its_rows(workspace: Workspace, store: SqliteStore) -> None:
    job(store, "j")
    with pytest.raises(MachinesRun):
        recreate(str(workspace.database), lambda: ["late"])
    assert ids(store, "j") == {"j"}


@pytest.mark.req("G7")
def test_a_database_that_was_not_there_is_made(workspace: Workspace) -> None:
    assert said(workspace, "recreate-database --force") == f"{workspace.database} is empty; there was none before\n"
    assert workspace.database.exists()


@pytest.mark.req("G7")
def test_a_file_that_is_no_database_is_put_aside(workspace: Workspace) -> None:
    text = "no database at all\n" * 100
    workspace.write("statemachine.db", text)
    backup = said(workspace, "recreate-database --force").rstrip().partition("backup: ")[2]
    with open(backup, encoding="utf-8") as file:
        assert file.read() == text
    checked(workspace)


@pytest.mark.req("G7")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files that others can't write")
def test_root_leaves_no_file_that_the_machines_cannot_write(workspace: Workspace) -> None:
    os.chown(workspace.path, 54321, 54321)
    said(workspace, "add-job j --type t")
    said(workspace, "recreate-database --force")
    owners = {entry.name: entry.stat().st_uid for entry in os.scandir(workspace.path) if entry.is_file()}
    assert len(owners) >= 2
    assert set(owners.values()) == {54321}
