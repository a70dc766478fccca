"""statemachine-db prune, backup and maintain, as a shell sees them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process
from statemachine_internal.store.sqlite import SqliteStore
from support.terminal import on_a_terminal
from support.workspace import Workspace

SECOND = 1_000_000
DAY = 86400 * SECOND
NOW = time.time_ns() // 1000
OLD = NOW - 100 * DAY


@pytest.fixture
def store(workspace: Workspace) -> Iterator[SqliteStore]:
    """A machine with an old and a new change of state, and events of each fate."""
    store = SqliteStore(str(workspace.database))
    with store.transaction():
        where = Place(state="s", status=MachineStatus.WAITING, entry=2, via="go", list_start=0, cursor=0, list_end=0)
        store.create(
            "w", where, digest="h", config_type="c", control_path=None, process=Process(pid=1, boot_id="b"), now=NOW
        )
        for entry, now in ((1, OLD), (2, NOW)):
            id, _ = store.accept(NewEvent(target="w", type="go"), EventStatus.PROCESSED, now)
            store.append("w", "state_change", json.dumps({"from": "s", "to": "s", "entry": entry}), now, id)
        store.accept(NewEvent(target="w", type="odd"), EventStatus.IGNORED, OLD)
        store.accept(NewEvent(target="w", type="open"), EventStatus.PENDING, OLD)
        store.append("w", "error", '{"error": "x"}', OLD)
    yield store
    store.close()


def run(workspace: Workspace, command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return workspace.run("statemachine-db", *command.split(), env=env)


def counts(workspace: Workspace) -> str:
    done = run(workspace, "check")
    assert done.returncode == 0, done
    return done.stdout


UNTOUCHED = "ok: 1 machines, 4 events, 3 feed rows, 0 timers, 0 jobs\n"
PRUNED = "ok: 1 machines, 2 events, 1 feed rows, 0 timers, 0 jobs\n"


# --- prune -----------------------------------------------------------------------------------------------------------


@pytest.mark.req("G7")
@pytest.mark.usefixtures("store")
def test_prune_says_what_it_would_do_and_what_it_did(workspace: Workspace) -> None:
    dry = run(workspace, "prune --older-than 90d --dry-run")
    assert (dry.returncode, dry.stdout, dry.stderr) == (0, "would delete 2 events and 2 feed rows\n", "")
    assert counts(workspace) == UNTOUCHED
    done = run(workspace, "prune --older-than 90d --force")
    assert (done.returncode, done.stdout, done.stderr) == (0, "deleted 2 events and 2 feed rows\n", "")
    assert counts(workspace) == PRUNED
    again = run(workspace, "prune --older-than 90d --force")
    assert again.stdout == "deleted 0 events and 0 feed rows\n"


@pytest.mark.req("G7")
@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("age", ["90d", "1000d"])
def test_prune_refuses_where_nobody_can_be_asked(workspace: Workspace, age: str) -> None:
    done = run(workspace, f"prune --older-than {age}")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "say --force" in done.stderr
    assert counts(workspace) == UNTOUCHED


@pytest.mark.req("G7")
@pytest.mark.usefixtures("store")
def test_prune_asks_at_a_terminal(workspace: Workspace) -> None:
    for answer in (b"n\n", b"\n", b"\x04"):
        status, shown = on_a_terminal(workspace, "prune --older-than 90d", answer=answer)
        assert status == 1, shown
        assert f"this deletes 2 events and 2 feed rows from {workspace.database}. Go on? [y/N]" in shown
        assert "nothing was done" in shown
    assert counts(workspace) == UNTOUCHED
    status, shown = on_a_terminal(workspace, "prune --older-than 90d", answer=b"y\n")
    assert status == 0, shown
    assert "deleted 2 events and 2 feed rows" in shown
    assert counts(workspace) == PRUNED
    status, shown = on_a_terminal(workspace, "prune --older-than 90d")
    assert "Go on?" not in shown
    assert status == 0


@pytest.mark.req("G7")
@pytest.mark.parametrize("age", ["90", "d", "0d", "-1d", "1.5h", "9y", "99999999d", "x", "\N{ARABIC-INDIC DIGIT ONE}d"])
def test_an_age_that_is_none_is_a_wrong_argument(workspace: Workspace, age: str) -> None:
    done = workspace.run("statemachine-db", "prune", "--older-than", age)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"--older-than is '{age}'; use a whole number with a unit, s, m, h, d or w: 90d, 12h, 30m" in done.stderr


@pytest.mark.req("G7")
@pytest.mark.parametrize("command", ["prune --older-than 90d --force", "maintain"])
def test_upkeep_without_a_database_makes_none(workspace: Workspace, command: str) -> None:
    done = run(workspace, command)
    assert (done.returncode, done.stdout) == (0, "")
    assert "no database at" in done.stderr
    assert not workspace.database.exists()


@pytest.mark.req("G7")
@pytest.mark.parametrize("command", ["prune --older-than 90d --force", "maintain", "migrate", "wake", "backup x.db"])
def test_what_is_no_database_is_one_line(workspace: Workspace, command: str) -> None:
    workspace.write("statemachine.db", "no database at all\n" * 100)
    done = run(workspace, command)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "is not a sound database" in done.stderr


# --- backup ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("G7")
@pytest.mark.usefixtures("store")
def test_a_backup_is_a_database(workspace: Workspace) -> None:
    done = run(workspace, "backup copy.db")
    size = (workspace.path / "copy.db").stat().st_size
    assert (done.returncode, done.stdout, done.stderr) == (0, f"copy.db: {size} bytes\n", "")
    check = run(workspace, "check", STATEMACHINE_DATABASE=str(workspace.path / "copy.db"))
    assert check.stdout == UNTOUCHED
    again = run(workspace, "backup copy.db")
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert run(workspace, "backup --force copy.db").returncode == 0
    assert run(workspace, f"backup --force {workspace.database}").returncode == 1
    assert counts(workspace) == UNTOUCHED


@pytest.mark.req("G7")
@pytest.mark.usefixtures("store")
def test_a_backup_shows_its_progress_at_a_terminal_alone(workspace: Workspace) -> None:
    status, shown = on_a_terminal(workspace, f"backup {workspace.path}/copy.db")
    assert status == 0
    assert "100 %" in shown


# --- maintain --------------------------------------------------------------------------------------------------------


@pytest.mark.req("G7")
def test_maintain_does_all_that_there_is_to_do(workspace: Workspace, store: SqliteStore) -> None:
    done = run(workspace, "maintain")
    assert (done.returncode, done.stderr) == (0, ""), done
    prune, optimize, backup, checkpoint = done.stdout.splitlines()
    assert prune == "prune: deleted 2 events and 2 feed rows older than 90 days"
    assert optimize == "optimize: done"
    made = re.fullmatch(rf"backup: ({workspace.path}/backups/statemachine-\d{{8}}T\d{{6}}\.db)", backup)
    assert made
    assert checkpoint == "checkpoint: the WAL is empty"
    assert Path(f"{workspace.database}-wal").stat().st_size == 0
    assert run(workspace, "check", STATEMACHINE_DATABASE=made[1]).stdout == PRUNED
    assert store.machine("w") is not None


@pytest.mark.req("G7")
@pytest.mark.usefixtures("store")
def test_the_newest_backups_stay(workspace: Workspace) -> None:
    folder = workspace.path / "kept"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"statemachine-2026010{day}T000000.db").write_bytes(b"")
    (folder / "statemachine-20260101T000000.db-wal").write_bytes(b"")
    for name in ("statemachine-mine.db", "other.db", "statemachine-20260101T000000.db.7.part"):
        (folder / name).write_bytes(b"")
    os.utime(folder / "statemachine-20260101T000000.db.7.part", (1, 1))
    settings = {"STATEMACHINE_BACKUPS": "2", "STATEMACHINE_BACKUP_DIR": str(folder)}
    done = run(workspace, "maintain", **settings)
    assert done.returncode == 0, done
    assert "removed statemachine-20260101T000000.db, statemachine-20260102T000000.db\n" in done.stdout
    left = sorted(os.listdir(folder))
    assert [name for name in left if not name.startswith("statemachine-2")] == ["other.db", "statemachine-mine.db"]
    kept = [name for name in left if name.startswith("statemachine-2")]
    assert len(kept) == 2
    assert kept[0] == "statemachine-20260103T000000.db"


@pytest.mark.req("G7")
@pytest.mark.usefixtures("store")
def test_nothing_is_deleted_and_no_backup_made_where_the_settings_say_0(workspace: Workspace) -> None:
    done = run(workspace, "maintain", STATEMACHINE_KEEP_DAYS="0", STATEMACHINE_BACKUPS="0")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "prune: nothing, all is kept"
    assert done.stdout.splitlines()[2] == "backup: none, as the settings say"
    assert counts(workspace) == UNTOUCHED
    assert not (workspace.path / "backups").exists()


@pytest.mark.req("G7")
@pytest.mark.usefixtures("store")
def test_a_step_that_fails_does_not_hinder_the_others(workspace: Workspace) -> None:
    settings = {"STATEMACHINE_KEEP_DAYS": "ninety", "STATEMACHINE_BACKUP_DIR": str(workspace.path / "no" / "folder")}
    done = run(workspace, "maintain", **settings)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["optimize: done", "checkpoint: the WAL is empty"]
    assert done.stderr.splitlines() == [
        "statemachine-db: prune: STATEMACHINE_KEEP_DAYS is 'ninety'; use a whole number from 0 to 36525",
        f"statemachine-db: backup: can't make the folder {workspace.path}/no/folder: No such file or directory",
    ]
    assert run(workspace, "maintain --keep-days x").returncode == 2


@pytest.mark.req("G7")
def test_a_checkpoint_waits_for_no_reader(workspace: Workspace, store: SqliteStore) -> None:
    reader = SqliteStore(str(workspace.database))
    with reader.transaction():
        began = time.monotonic()
        done = run(workspace, "maintain --keep-days 0 --backups 0")
        assert time.monotonic() - began < 30
    assert "stay in the WAL" in done.stdout or "the WAL is empty" in done.stdout
    reader.close()
    assert store.machine("w") is not None
