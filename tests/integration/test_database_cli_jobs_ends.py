"""Each way to a job's end, and back, from the shell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration.test_database_cli_jobs import NOW, SECOND, WRITING, bell, claimed, details, machine, rang
from statemachine_internal.jobs import queue
from statemachine_internal.store.job_protocol import JobStatus
from statemachine_internal.store.sqlite import SqliteStore
from support.db_shell import checked, refused, said
from support.workspace import Workspace


@pytest.fixture
def store(workspace: Workspace) -> Iterator[SqliteStore]:
    store = SqliteStore(str(workspace.database))
    yield store
    store.close()


@pytest.mark.req("F4")
def test_a_job_is_completed_with_its_result(workspace: Workspace, store: SqliteStore) -> None:
    claimed(store, "a")
    claimed(store, "b")
    assert said(workspace, """complete-job a --result '{"n": [1, null]}'""") == "job a completed\n"
    said(workspace, "complete-job b")
    assert (details(workspace, "a")["result"], details(workspace, "b")["result"]) == ({"n": [1, None]}, None)
    assert details(workspace, "a")["progress"] == 100
    assert store.jobs.of_machine("worker") == []
    assert "job 'a' is completed already" in refused(workspace, "complete-job a")
    checked(workspace)


@pytest.mark.req("F5")
def test_a_failed_attempt_is_followed_by_another_while_some_are_left(workspace: Workspace, store: SqliteStore) -> None:
    claimed(store, "j", max_attempts=2)
    text = said(workspace, "fail-job j --reason 'no room'")
    assert text.startswith("job j failed; 1 of 2 attempts are made, the next is due at 20")
    assert (details(workspace, "j")["error"], details(workspace, "j")["finished"]) == ("no room", None)
    with store.transaction():
        assert store.jobs.claim_one("worker", "j", NOW + 3600 * SECOND) is not None
    assert said(workspace, "fail-job j --reason 'no room'") == "job j failed: no room\n"
    assert details(workspace, "j")["status"] == "failed"
    assert "job 'j' is failed already" in refused(workspace, "fail-job j --reason again")
    checked(workspace)


@pytest.mark.req("G3")
def test_a_finished_job_is_run_once_more(workspace: Workspace) -> None:
    said(workspace, "add-job j --type t --unique-key k")
    assert "job 'j' is pending, and needs no retry" in refused(workspace, "retry-job j")
    said(workspace, "fail-job j --reason x")
    said(workspace, "add-job other --type t --unique-key k")
    assert "the open job 'other' has the unique key 'k' of job 'j'" in refused(workspace, "retry-job j")
    said(workspace, "remove-job other")
    assert said(workspace, "retry-job j") == "job j is pending again; it was failed\n"
    assert (details(workspace, "j")["status"], details(workspace, "j")["error"]) == ("pending", None)
    checked(workspace)


@pytest.mark.req("G3")
def test_a_job_that_is_worked_on_is_neither_removed_nor_retried(workspace: Workspace, store: SqliteStore) -> None:
    claimed(store, "j", by="mill")
    for command in ("remove-job", "retry-job"):
        text = refused(workspace, f"{command} j")
        assert "job 'j' is worked on by mill" in text
        assert "statemachine-db cancel-job j" in text
    assert details(workspace, "j")["machine"] == "mill"


@pytest.mark.req("G3")
def test_a_job_that_is_worked_on_is_cancelled_and_its_machine_rung(workspace: Workspace, store: SqliteStore) -> None:
    claimed(store, "j", by="mill")
    with bell(workspace.runtime_dir / "control" / "mill.sock") as mill:
        text = said(workspace, "cancel-job j --reason 'ordered twice'")
        assert rang(mill)
    assert text == "job j cancelled; mill worked on it, and was told\n"
    job = store.jobs.get("j")
    assert job is not None
    assert (job.status, job.error, job.machine) == (JobStatus.CANCELLED, "ordered twice", None)
    assert "job 'j' is cancelled already" in refused(workspace, "cancel-job j")
    assert said(workspace, "remove-job j") == "job j removed; it was cancelled\n"
    checked(workspace)


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    "command", ["complete-job j", "fail-job j --reason x", "cancel-job j", "remove-job j"], ids=lambda c: c.split()[0]
)
def test_an_end_wakes_those_who_wait_for_it(workspace: Workspace, store: SqliteStore, command: str) -> None:
    machine(store, "boss", {"jobs": ["j", "k"]})
    machine(store, "idle", {"jobs": ["other"]})
    said(workspace, "add-job j --type t")
    control = workspace.runtime_dir / "control"
    with bell(control / "boss.sock") as boss, bell(control / "idle.sock") as idle:
        said(workspace, command)
        assert (rang(boss), rang(idle)) == (True, False)


@pytest.mark.req("G3")
def test_a_retry_wakes_those_who_wait_for_a_job(workspace: Workspace, store: SqliteStore) -> None:
    machine(store, "worker", {"jobs_for": {"type": "t"}})
    said(workspace, "add-job j --type t")
    said(workspace, "complete-job j")
    with bell(workspace.runtime_dir / "control" / "worker.sock") as worker:
        said(workspace, "retry-job j")
        assert rang(worker)


@pytest.mark.req("F5")
def test_the_delays_grow_and_end() -> None:
    for attempts in range(1, 40):
        exact = min(2.0 ** (attempts - 1), 3600) * SECOND
        assert abs(queue.delay(attempts) - exact) <= exact * 0.1 + 1


@pytest.mark.req("G3")
@pytest.mark.parametrize("command", [*WRITING, "reset-processing"])
def test_a_database_that_is_locked_is_one_line(
    workspace: Workspace,
    store: SqliteStore,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from statemachine_cmd.database import main
    from statemachine_internal.store import connection

    monkeypatch.setenv("STATEMACHINE_DATABASE", str(workspace.database))
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    monkeypatch.setenv("STATEMACHINE_DATABASE", str(workspace.database))
    monkeypatch.setattr(connection, "_wait_when_busy", lambda *_: None)
    with store.transaction():
        name, *options = command.split()
        words = [name, *(["j"] if command in WRITING else []), *options]
        status = main(words)
    told = capsys.readouterr()
    assert (status, told.out, told.err.count("\n")) == (1, "", 1)
    assert "is locked by another process; nothing was stored, try again" in told.err
