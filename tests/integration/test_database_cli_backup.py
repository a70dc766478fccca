"""A backup that is taken while a machine and its queue are at work, and what becomes of it when it is restored."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.sqlite import SqliteStore
from support.watch import Watch
from support.workspace import Workspace

JOBS, GATED = 20, 10  # the machine is at the gated job until somebody writes into the gate
WORKER = """
initial_state: waiting
transitions:
  - {from: waiting, to: working, event: new_job}
  - {from: working, to: waiting, event: job_done}
actions:
  waiting: [{type: check_database_queue, job_type: t}]
  working:
    - {type: log, message: "at {id}"}
    - {type: bash, command: "test {id} != j10 || read line < gate"}
"""
DONE = "SELECT count(*) FROM jobs WHERE status = 'completed'"


@pytest.fixture
def elsewhere(workspace: Workspace) -> Iterator[Workspace]:
    """Another database, and other sockets, in a folder below."""
    path = workspace.path / "x"
    made = replace(workspace, path=path, running=[], env=dict(workspace.env))
    made.env["STATEMACHINE_DATABASE"], made.env["STATEMACHINE_RUNTIME_DIR"] = str(made.database), str(made.runtime_dir)
    made.runtime_dir.mkdir(parents=True, mode=0o700)
    for where in (workspace, made):
        os.mkfifo(where.path / "gate")
    yield made
    for running in made.running:
        running.kill()


def add_jobs(workspace: Workspace) -> None:
    """Put the jobs into the queue; the last of them as a person does it, so that the machine is woken."""
    store = SqliteStore(str(workspace.database))
    with store.transaction():
        for number in range(1, JOBS):
            store.jobs.add(NewJob(id=f"j{number}", type="t"), 1)
    store.close()
    assert workspace.run("statemachine-db", "add-job", f"j{JOBS}", "--type", "t").returncode == 0


@contextmanager
def open_gate(workspace: Workspace) -> Iterator[None]:
    """Let the machine go on with the gated job."""
    gate = os.open(workspace.path / "gate", os.O_RDWR)  # which waits for no reader: fifo(7)
    os.write(gate, b"\n")
    yield
    os.close(gate)


def query(path: Path, sql: str) -> list[object]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return list(connection.cursor().execute(sql).fetchall())
    finally:
        connection.close()


@pytest.mark.req("B6")
@pytest.mark.req("F3")
@pytest.mark.req("G7")
def test_a_backup_of_a_busy_database_is_sound_and_goes_on_elsewhere(workspace: Workspace, elsewhere: Workspace) -> None:
    with Watch(workspace) as watch:
        first = workspace.start("statemachine", workspace.write("worker.yaml", WORKER))
        add_jobs(workspace)
        watch.until(lambda: f"at j{GATED}" in watch.said(), first)
        taken = workspace.run("statemachine-db", "backup", "copy.db")
        assert (taken.returncode, taken.stderr) == (0, "")
        copy = workspace.path / "copy.db"
        assert query(copy, "SELECT status, count(*) FROM jobs GROUP BY 1 ORDER BY 1") == [
            ("completed", GATED - 1),
            ("pending", JOBS - GATED),
            ("processing", 1),
        ]
        checked = workspace.run("statemachine-db", "check", env={"STATEMACHINE_DATABASE": str(copy)})
        assert (checked.returncode, checked.stdout[:15]) == (0, "ok: 1 machines,"), checked

        shutil.copyfile(copy, elsewhere.database)
        with Watch(elsewhere) as other, open_gate(elsewhere):
            second = elsewhere.start("statemachine", elsewhere.write("worker.yaml", WORKER))
            other.until(lambda: other.query(DONE) == [(JOBS,)], second)
            registered = other.feed("machine_registered", "worker")
            assert [row["resumed"] for row in registered] == [False, True]
            assert second.stop() == 0
            attempts = other.query("SELECT max(attempts) FROM jobs")
            assert attempts == [(1,)]  # it went on with the job that it was at, and claimed none anew
        assert watch.query(DONE) == [(GATED - 1,)]  # and the first machine has seen nothing of it
        with open_gate(workspace):
            watch.until(lambda: watch.query(DONE) == [(JOBS,)], first)
            assert first.stop() == 0
    for where in (workspace, elsewhere):
        assert where.run("statemachine-db", "check").returncode == 0


@pytest.mark.req("G7")
@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("there.db", "there.db is there already; name another file, or replace it with --force"),
        ("no/such/copy.db", "can't write the backup no/such/copy.db: No such file or directory"),
        ("folder", "folder is there, and is no file; name a file"),
        ("there.db/copy.db", "can't write the backup there.db/copy.db: Not a directory"),
        ("statemachine.db", "statemachine.db belongs to the database itself; name another file"),
        ("statemachine.db-wal", "statemachine.db-wal belongs to the database itself; name another file"),
        ("link.db", "link.db belongs to the database itself; name another file"),
        ("/dev/null", "/dev/null is there, and is no file; name a file"),
        ("", "file is ''; use the path of a file"),
    ],
)
def test_where_no_backup_can_be_is_one_line(workspace: Workspace, target: str, says: str) -> None:
    SqliteStore(str(workspace.database)).close()
    workspace.write("there.db", "mine")
    (workspace.path / "folder").mkdir()
    os.symlink(workspace.database, workspace.path / "link.db")
    before = workspace.database.read_bytes()
    for force in ([], ["--force"]):
        if force and target == "there.db":
            continue
        done = workspace.run("statemachine-db", "backup", target, *force)
        assert (done.returncode in (1, 2), done.stdout, done.stderr.count("\n")) == (True, "", 1)
        assert done.stderr.startswith(f"statemachine-db: {says}")
    assert workspace.database.read_bytes() == before
    assert (workspace.path / "there.db").read_text(encoding="utf-8") == "mine"
    assert [name for name in os.listdir(workspace.path) if name.endswith(".part")] == []
