"""statemachine-db recreate-database: what is emptied is in the backup, and nobody is at work on it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from statemachine_cmd.db import border
from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.store import connection, recreation
from statemachine_internal.store.backup import back_up
from statemachine_internal.store.protocol import EventStatus, NewEvent
from statemachine_internal.store.recreation import MachinesRun, recreate
from statemachine_internal.store.sqlite import SqliteStore
from support.db_rows import NOW, ids, job, machine
from support.db_shell import checked, refused, rows, said
from support.workspace import Workspace


@pytest.fixture
def store(workspace: Workspace) -> Iterator[SqliteStore]:
    store = SqliteStore(str(workspace.database))
    yield store
    store.close()


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
    assert said(workspace, "check") == "ok: 0 machines, 0 events, 0 feed rows, 0 timers, 0 jobs\n"
    assert rows(workspace, "list") == []
    with store.transaction():  # a connection of before goes on, and no id comes twice
        assert store.append("m", "note", "{}", NOW) > seen
    check = workspace.run("statemachine-db", "check", env={"STATEMACHINE_DATABASE": backup})
    assert check.stdout == "ok: 1 machines, 1 events, 1 feed rows, 1 timers, 1 jobs\n"
    kept = workspace.run("statemachine-db", "details", "j", env={"STATEMACHINE_DATABASE": backup})
    assert kept.returncode == 0
    said(workspace, "recreate-database --force")


@pytest.mark.req("G7")
def test_a_database_is_not_emptied_under_machines(
    workspace: Workspace, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATEMACHINE_DATABASE", str(workspace.database))
    lock = MachineLock("alive")
    job(store, "j")
    for force in ("", " --force"):
        assert "while machines run: alive; stop them first" in refused(workspace, f"recreate-database{force}")
    lock.release()
    assert ids(store, "j") == {"j"}


@pytest.mark.req("G7")
def test_a_machine_that_comes_up_meanwhile_keeps_its_rows(workspace: Workspace, store: SqliteStore) -> None:
    job(store, "j")
    before = sorted(os.listdir(workspace.path))
    with pytest.raises(MachinesRun):
        recreate(str(workspace.database), lambda: ["late"])
    assert ids(store, "j") == {"j"}
    assert sorted(os.listdir(workspace.path)) == before


@pytest.mark.req("G7")
def test_a_database_is_emptied_of_nothing_that_its_backup_does_not_have(
    workspace: Workspace, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job(store, "j")
    refusals: list[int] = []

    def writes(path: str, target: str) -> int:
        """Somebody comes with a job between the backup and the deleting."""
        size = back_up(path, target)
        monkeypatch.setattr(connection, "BUSY_LIMIT", 0.01)
        refusals.append(border.guarded(["add-job", "late", "--type", "t"]))
        return size

    monkeypatch.setenv("STATEMACHINE_DATABASE", str(workspace.database))
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    monkeypatch.setattr(recreation, "back_up", writes)
    backup = recreate(str(workspace.database), lambda: [])
    assert (refusals, ids(store, "j", "late")) == ([1], set())  # refused, and not lost
    assert backup is not None


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
