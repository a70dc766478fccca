"""A migration is tried on a copy before the database has it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from statemachine_internal.store import migrate
from statemachine_internal.store.connection import connect
from statemachine_internal.store.migrate import MigrationFailed
from statemachine_internal.store.sqlite import SqliteStore
from statemachine_internal.store.upgrade import upgrade
from support.workspace import Workspace

MACHINE = """INSERT INTO machine_state VALUES
             ('worker', 'idle', 'running', NULL, NULL, 1, 'go', 0, 1, 1, 0, 0, NULL, '{}', 'h', 'w', NULL, 1, NULL,
              NULL, NULL, 1, 1)"""
EVENT = """INSERT INTO machine_events (source, target, type, payload, status, not_before, created)
           VALUES ('cli', 'worker', ?, '{}', 'pending', 0, 1)"""

GOOD = "CREATE TABLE more (a INTEGER) STRICT;"
# What is in a migration, and what its trial says.
BAD = {
    "it fails": ("CREATE TABLE more (a INTEGER); CREATE TABLE machine_state (a INTEGER);", "already exists"),
    "it breaks an invariant": (
        "INSERT INTO realtime_events (machine_name, event_type, payload, created)"
        """ VALUES ('worker', 'state_change', '{"from": "idle", "to": "busy", "entry": 2}', 1);""",
        "state_not_as_in_history: machine worker is in idle (entry 1), and its last change of state led to busy",
    ),
    "it leaves a row without its parent": (
        "INSERT INTO machine_timers VALUES ('ghost', 'timeout', 9);",
        "row (key) of machine_timers points to a row of machine_state that there is not",
    ),
    "it takes away what is needed": (
        "ALTER TABLE machine_events RENAME COLUMN target TO aim;",
        "no such column: target",
    ),
    "its file is gone": (None, "No such file"),
}

NextVersion = Callable[[str | None], None]


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A database with a machine and an event."""
    (tmp_path / "data").mkdir(mode=0o770)
    path = str(tmp_path / "data" / "a.db")
    connection = connect(path)
    connection.cursor().execute(MACHINE)
    connection.cursor().execute(EVENT, ("first",))
    connection.close()
    return path


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NextVersion:
    """Adds one more migration to those that there are."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate._FOLDER, folder)

    def add(statements: str | None) -> None:
        name = f"{migrate.LATEST + 1:04}_next.sql"
        if statements is not None:
            (folder / name).write_text(statements, encoding="utf-8")
        monkeypatch.setattr(migrate, "_FOLDER", str(folder))
        monkeypatch.setattr(migrate, "MIGRATIONS", [*migrate.MIGRATIONS, name])
        monkeypatch.setattr(migrate, "LATEST", migrate.LATEST + 1)

    return add


def events(path: str) -> list[str]:
    connection = apsw.Connection(path)
    found = [str(type) for (type,) in connection.cursor().execute("SELECT type FROM machine_events ORDER BY id")]
    connection.close()
    return found


def beside(path: str) -> list[str]:
    """The files of the folder, without the database's own."""
    return sorted(set(os.listdir(os.path.dirname(path))) - {"a.db", "a.db-wal", "a.db-shm"})


@pytest.mark.req("G7")
def test_a_migration_that_suits_the_database_is_made_after_a_backup(path: str, next_version: NextVersion) -> None:
    before = migrate.LATEST
    next_version(GOOD)
    done = upgrade(path)
    assert (done.before, done.after) == (before, before + 1)
    assert done.backup is not None
    assert beside(path) == [os.path.basename(done.backup)]
    assert events(done.backup) == events(path) == ["first"]
    connection = apsw.Connection(done.backup)
    assert migrate.schema_version(connection) == before
    connection.close()


@pytest.mark.req("G7")
@pytest.mark.parametrize("reason", BAD)
def test_a_migration_that_does_not_suit_changes_nothing(path: str, next_version: NextVersion, reason: str) -> None:
    statements, message = BAD[reason]
    before = migrate.LATEST
    content = Path(path).read_bytes()
    next_version(statements)
    with pytest.raises(MigrationFailed) as caught:
        upgrade(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(
        f"{path} stays at schema {before}: bringing a copy of it to {before + 1} failed: "
    )
    assert str(caught.value).endswith(f"nothing was changed, a backup is at {caught.value.backup}")
    assert Path(path).read_bytes() == content
    assert beside(path) == [os.path.basename(caught.value.backup)]
    assert events(caught.value.backup) == ["first"]


@pytest.mark.req("G7")
def test_a_start_that_fails_again_and_again_makes_one_backup_of_what_has_not_changed(
    path: str, next_version: NextVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_at(second: int) -> str:
        monkeypatch.setattr(time, "strftime", lambda _: f"20261124T{second:06}")
        with pytest.raises(MigrationFailed) as caught:
            connect(path)
        return caught.value.backup

    next_version(BAD["it fails"][0])
    first = fails_at(1)
    assert [fails_at(again) for again in (2, 3, 4)] == [first] * 3
    assert beside(path) == [os.path.basename(first)]

    old = apsw.Connection(path)  # a process of the version before still writes
    old.cursor().execute(EVENT, ("second",))
    old.close()
    second = fails_at(5)
    assert [fails_at(again) for again in (6, 7)] == [second] * 2
    assert (events(first), events(second)) == (["first"], ["first", "second"])
    assert beside(path) == [os.path.basename(first), os.path.basename(second)]


@pytest.mark.req("G7")
def test_a_backup_that_is_there_already_is_the_one_that_is_named_after_a_migration(
    path: str, next_version: NextVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(time, "strftime", lambda _: "20261124T000001")
        next_version(BAD["it fails"][0])
        with pytest.raises(MigrationFailed) as caught:
            connect(path)
    (Path(migrate._FOLDER) / migrate.MIGRATIONS[-1]).write_text(GOOD, encoding="utf-8")
    assert upgrade(path).backup == caught.value.backup
    assert beside(path) == [os.path.basename(caught.value.backup)]


@pytest.mark.req("G7")
def test_a_second_of_two_migrations_that_fails_leaves_the_first_undone(path: str, next_version: NextVersion) -> None:
    before = migrate.LATEST
    next_version(GOOD)
    next_version(GOOD)
    with pytest.raises(MigrationFailed, match="more already exists"):
        connect(path)
    connection = apsw.Connection(path)
    assert migrate.schema_version(connection) == before
    connection.close()


@pytest.mark.req("G7")
def test_what_was_wrong_before_does_not_stop_the_version_that_may_mend_it(path: str, next_version: NextVersion) -> None:
    connection = connect(path)
    connection.cursor().execute("UPDATE machine_events SET status = 'processed', processed = 1")  # without a trace
    connection.close()
    next_version(GOOD)
    assert upgrade(path).after == migrate.LATEST


@pytest.mark.req("G7")
@pytest.mark.req("P1")
def test_a_machine_goes_on_writing_through_a_migration(path: str, next_version: NextVersion) -> None:
    code = (
        "import sys, apsw\n"
        "connection = apsw.Connection(sys.argv[1])\n"
        "connection.setbusytimeout(10000)\n"
        "written = 0\n"
        "print('ready', flush=True)\n"
        "import select\n"
        "while not select.select([sys.stdin], [], [], 0)[0]:\n"
        "    connection.cursor().execute(sys.argv[2], (str(written),))\n"
        "    written += 1\n"
        "print(written)"
    )
    machine = subprocess.Popen(
        [sys.executable, "-c", code, path, EVENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert machine.stdout is not None
    assert machine.stdout.readline() == "ready\n"
    next_version(GOOD)
    done = upgrade(path)
    written = machine.communicate("end\n", timeout=60)[0]
    assert machine.returncode == 0
    assert done.after == migrate.LATEST
    assert events(path) == ["first", *(str(number) for number in range(int(written)))]
    assert done.backup is not None
    copied = events(done.backup)
    assert copied == events(path)[: len(copied)]


@pytest.mark.req("G7")
def test_a_lock_at_the_first_look_is_waited_for(
    path: str, next_version: NextVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = apsw.Connection(path)
    holder.cursor().execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT").fetchall()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        holder.close()

    monkeypatch.setattr("statemachine_internal.store.connection.time.sleep", wait)
    next_version(GOOD)
    assert upgrade(path).before == migrate.LATEST - 1
    assert waits != []


@pytest.mark.req("G7")
def test_what_a_trial_left_that_was_killed_is_taken_away(path: str, next_version: NextVersion) -> None:
    for name in (".trial", ".trial-wal", ".trial-journal"):
        Path(path + name).write_bytes(b"rest")
    next_version(GOOD)
    upgrade(path)
    assert [name for name in beside(path) if "trial" in name] == []


@pytest.mark.req("G7")
def test_the_newest_three_backups_are_kept(path: str, next_version: NextVersion) -> None:
    for day in range(1, 6):
        old = f"{path}.before-schema-{day}.2026010{day}T000000"
        Path(old).write_bytes(b"")
        os.utime(old, (day, day))
    Path(f"{path}.before-schema-note").write_bytes(b"mine")
    next_version(GOOD)
    made = upgrade(path).backup
    assert made is not None
    assert beside(path) == sorted(
        [
            os.path.basename(made),
            "a.db.before-schema-4.20260104T000000",
            "a.db.before-schema-5.20260105T000000",
            "a.db.before-schema-note",
        ]
    )


@pytest.mark.req("G7")
def test_the_command_says_what_it_did_in_one_line(workspace: Workspace, tmp_path: Path) -> None:
    def migrated(**env: str) -> tuple[int, str, str]:
        done = workspace.run("statemachine-db", "migrate", env=env)
        return done.returncode, done.stdout, done.stderr

    assert migrated() == (0, f"no database yet: made {workspace.database}, schema {migrate.LATEST}\n", "")
    assert migrated() == (0, f"schema {migrate.LATEST}, nothing to do\n", "")
    # The next version of the program, by a start-up file that gives it one more migration.
    shutil.copytree(migrate._FOLDER, tmp_path / "migrations")
    (tmp_path / "migrations" / "9999_next.sql").write_text(GOOD, encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text(
        "from statemachine_internal.store import migrate\n"
        f"migrate._FOLDER = {str(tmp_path / 'migrations')!r}\n"
        "migrate.MIGRATIONS.append('9999_next.sql')\n"
        "migrate.LATEST += 1\n",
        encoding="utf-8",
    )
    newer = {"PYTHONPATH": f"{tmp_path}:{workspace.env['PYTHONPATH']}"}
    status, said, errors = migrated(**newer)
    backup = rf"{re.escape(str(workspace.database))}\.before-schema-{migrate.LATEST + 1}\.\d{{8}}T\d{{6}}"
    assert (status, errors) == (0, "")
    assert re.fullmatch(rf"brought from schema {migrate.LATEST} to {migrate.LATEST + 1}; backup: {backup}\n", said), (
        said
    )
    status, said, errors = migrated()
    assert (status, said, errors.count("\n")) == (1, "", 1)
    assert "was made by a newer version" in errors


@pytest.mark.req("G7")
def test_the_command_names_a_migration_that_fails(workspace: Workspace, tmp_path: Path) -> None:
    SqliteStore(str(workspace.database)).close()
    shutil.copytree(migrate._FOLDER, tmp_path / "migrations")
    (tmp_path / "migrations" / "9999_next.sql").write_text("CREATE TABLE machine_state (a);", encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text(
        "from statemachine_internal.store import migrate\n"
        f"migrate._FOLDER = {str(tmp_path / 'migrations')!r}\n"
        "migrate.MIGRATIONS.append('9999_next.sql')\n"
        "migrate.LATEST += 1\n",
        encoding="utf-8",
    )
    env = {"PYTHONPATH": f"{tmp_path}:{workspace.env['PYTHONPATH']}"}
    done = workspace.run("statemachine-db", "migrate", env=env)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "table machine_state already exists; nothing was changed, a backup is at" in done.stderr
    assert workspace.run("statemachine-db", "check").returncode == 0
