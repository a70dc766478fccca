"""What the SQLite driver promises of its file."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import apsw
import pytest

from conformance.drivers import NOW, accept, contender, heard, pending, tell
from statemachine_internal.errors import StoreBusy, StoreError, StoreFull
from statemachine_internal.store import migrate, sqlite
from statemachine_internal.store.connection import NoDatabase, connect
from statemachine_internal.store.protocol import EventStatus, NewEvent
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import Workspace

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
SOMEBODY = 54321


@pytest.fixture(params=[0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.req("P1")
def test_a_writer_gives_up_after_its_limit(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = contender("sqlite", "hold", path)
    assert heard(holder) == "ready"
    monkeypatch.setattr(sqlite, "connect", partial(connect, busy_limit=0.01))
    store = SqliteStore(path)
    with pytest.raises(StoreBusy, match="nothing was stored"):
        accept(store, type="late")
    tell(holder)
    holder.communicate(timeout=60)
    assert pending(store) == ["holder"]
    accept(store, type="again")
    assert pending(store) == ["holder", "again"]
    store.close()


@pytest.mark.req("P1")
def test_a_disk_without_room_stores_nothing_and_says_so(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def small(path: str) -> apsw.Connection:
        connection = connect(path)
        pages = connection.cursor().execute("PRAGMA page_count").fetchall()[0][0]
        connection.cursor().execute(f"PRAGMA max_page_count = {pages}").fetchall()
        return connection

    monkeypatch.setattr(sqlite, "connect", small)
    store = SqliteStore(path)
    with pytest.raises(StoreFull, match="free some disk space"):
        accept(store, payload='{"a": "' + "x" * 100_000 + '"}')
    accept(store, type="small")
    assert pending(store) == ["small"]
    store.close()


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Adds one more migration to those that there are."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate._FOLDER, folder)

    def add(statements: str) -> None:
        name = f"{migrate.LATEST + 1:04}_next.sql"
        (folder / name).write_text(statements, encoding="utf-8")
        monkeypatch.setattr(migrate, "_FOLDER", str(folder))
        monkeypatch.setattr(migrate, "MIGRATIONS", [*migrate.MIGRATIONS, name])
        monkeypatch.setattr(migrate, "LATEST", migrate.LATEST + 1)

    return add


@pytest.mark.parametrize("readonly", [True, False])
def test_a_file_of_an_older_version_is_brought_up_to_date_after_a_backup(
    path: str, next_version: Callable[[str], None], readonly: bool
) -> None:
    store = SqliteStore(path)
    accept(store, type="old")
    store.close()
    os.chmod(os.path.dirname(path), 0o750)
    before = migrate.LATEST
    next_version("CREATE TABLE more (a INTEGER) STRICT;")
    connection = connect(path, readonly=readonly)
    assert migrate.schema_version(connection) == before + 1
    assert connection.cursor().execute("SELECT count(*) FROM more").fetchall() == [(0,)]
    connection.close()
    (backup,) = Path(path).parent.glob("*.before-schema-*")
    copy = apsw.Connection(str(backup))
    assert migrate.schema_version(copy) == before
    assert copy.cursor().execute("SELECT type FROM machine_events").fetchall() == [("old",)]
    copy.close()
    assert mode(backup) == 0o640


def test_a_migration_that_fails_changes_nothing(path: str, next_version: Callable[[str], None]) -> None:
    SqliteStore(path).close()
    before = migrate.LATEST
    next_version("CREATE TABLE more (a INTEGER) STRICT; CREATE TABLE machine_state (a INTEGER);")
    with pytest.raises(StoreError, match="already exists"):
        connect(path)
    raw = apsw.Connection(path)
    assert migrate.schema_version(raw) == before
    assert raw.cursor().execute("SELECT name FROM sqlite_schema WHERE name = 'more'").fetchall() == []
    raw.close()


@pytest.mark.parametrize("readonly", [True, False])
def test_a_file_of_a_newer_version_is_refused_and_left_alone(path: str, readonly: bool) -> None:
    SqliteStore(path).close()
    raw = apsw.Connection(path)
    raw.cursor().execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(StoreError, match="newer version"):
        connect(path, readonly=readonly)
    assert migrate.schema_version(apsw.Connection(path)) == 99


@pytest.mark.parametrize("readonly", [True, False])
def test_what_is_no_database_is_refused_in_one_line(path: str, readonly: bool) -> None:
    Path(path).write_bytes(b"this is a text\n" * 100)
    with pytest.raises(StoreError, match="not a sound database") as caught:
        connect(path, readonly=readonly)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("readonly", [True, False])
def test_a_folder_is_no_database(tmp_path: Path, readonly: bool) -> None:
    with pytest.raises(StoreError) as caught:
        connect(str(tmp_path), readonly=readonly)
    assert str(caught.value) == (
        f"can't open {tmp_path}: it is a folder; name a file with STATEMACHINE_DATABASE, "
        f"such as {tmp_path}/statemachine.db"
    )


@pytest.mark.parametrize("readonly", [True, False])
@pytest.mark.parametrize(("name", "reason"), [("file/a.db", "Not a directory"), ("x" * 300, "File name too long")])
def test_a_path_that_can_not_be_is_not_blamed_on_rights(tmp_path: Path, readonly: bool, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        connect(f"{tmp_path}/{name}", readonly=readonly)
    assert str(caught.value) == (
        f"can't open {tmp_path}/{name}: {reason}; name another place with STATEMACHINE_DATABASE"
    )


@pytest.mark.parametrize("readonly", [True, False])
def test_a_path_that_this_user_may_not_reach_names_the_group(
    path: str, readonly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("statemachine_internal.store.connection.os.stat", refuse)
    with pytest.raises(StoreError, match="Permission denied; run as a member of group statemachine"):
        connect(path, readonly=readonly)


def test_a_file_that_can_not_be_made_says_whether_rights_are_what_lacks(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(code: int) -> str:
        def refuse(*_: object, **__: object) -> None:
            raise OSError(code, os.strerror(code))

        with monkeypatch.context() as patch:
            patch.setattr("statemachine_internal.store.migrate.os.open", refuse)
            with pytest.raises(StoreError) as caught:
                migrate.create_file(path)
        return str(caught.value)

    elsewhere = "name another place with STATEMACHINE_DATABASE"
    assert fail(errno.EROFS) == f"can't make {path}: Read-only file system; {elsewhere}"
    assert fail(errno.EACCES) == (
        f"can't make {path}: Permission denied; run as a member of group statemachine, or {elsewhere}"
    )


def test_a_reader_makes_no_file(path: str) -> None:
    with pytest.raises(NoDatabase, match="no database at"):
        connect(path, readonly=True)
    assert not os.path.exists(path)


def test_a_reader_finds_nothing_in_a_file_that_is_being_made(path: str) -> None:
    migrate.create_file(path)
    with pytest.raises(NoDatabase):
        connect(path, readonly=True)
    assert os.path.getsize(path) == 0


def test_a_reader_can_read_while_nobody_writes(path: str) -> None:
    store = SqliteStore(path)
    accept(store)
    store.close()
    reader = connect(path, readonly=True)
    assert reader.cursor().execute("SELECT count(*) FROM machine_events").fetchall() == [(1,)]
    with pytest.raises(apsw.ReadOnlyError):
        reader.cursor().execute("DELETE FROM machine_events")
    reader.close()


@pytest.mark.parametrize("folder", [0o770, 0o750, 0o700])
def test_the_file_is_for_those_whom_its_folder_is_for(tmp_path: Path, umask: int, folder: int) -> None:
    tmp_path.chmod(folder)
    path = tmp_path / "a.db"
    store = SqliteStore(str(path))
    accept(store)
    expected = folder & 0o660
    assert (mode(path), mode(f"{path}-wal"), mode(f"{path}-shm")) == (expected, expected, expected), umask
    store.close()


@ROOT_ONLY
def test_what_root_makes_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, SOMEBODY, SOMEBODY + 1)
    path = str(tmp_path / "a.db")
    store = SqliteStore(path)
    accept(store)
    connect(path, readonly=True).close()
    for name in (path, f"{path}-wal", f"{path}-shm"):
        found = os.stat(name)
        assert (found.st_uid, found.st_gid) == (SOMEBODY, SOMEBODY + 1), name
    store.close()


@ROOT_ONLY
def test_what_root_reads_stays_open_to_the_owner(tmp_path: Path) -> None:
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    path = str(tmp_path / "a.db")
    SqliteStore(path).close()
    reader = connect(path, readonly=True)
    reader.cursor().execute("SELECT count(*) FROM machine_state").fetchall()
    for name in os.listdir(tmp_path):
        assert os.stat(tmp_path / name).st_uid == SOMEBODY, name
    reader.close()


@ROOT_ONLY
def test_a_user_who_may_not_read_is_told_in_one_line(workspace: Workspace, path: str) -> None:
    workspace.path.chmod(0o755)
    SqliteStore(path).close()
    os.chmod(path, 0o600)
    code = (
        "import os, sys\n"
        "from statemachine_internal.store.connection import connect\n"
        "os.setgroups([]); os.setgid(54321); os.setuid(54321)\n"
        "try: connect(sys.argv[1], readonly=True)\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], env=workspace.env, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"StoreError can't open {path}")


@pytest.mark.req("P1")
def test_the_process_that_made_the_file_keeps_its_lock_on_it(path: str) -> None:
    """SQLite deletes the WAL when the last user of a file closes it; by this lock it knows that others are left."""
    store = SqliteStore(path)
    code = (
        "import fcntl, os, sys\n"
        "file = os.open(sys.argv[1], os.O_RDWR)\n"
        "try: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)\n"  # SQLite's range of shared locks
        "except OSError: print('in use')\n"
        "else: print('free')"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout == "in use\n"
    store.close()


@pytest.mark.req("P3")
def test_a_commit_is_synced_unless_a_setting_says_otherwise(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def synchronous() -> object:
        return connect(path).cursor().execute("PRAGMA synchronous").fetchall()[0][0]

    assert synchronous() == 2
    monkeypatch.setenv("STATEMACHINE_SYNCHRONOUS", "normal")
    assert synchronous() == 1
    monkeypatch.setenv("STATEMACHINE_SYNCHRONOUS", "off")
    with pytest.raises(StoreError, match="FULL, NORMAL"):
        synchronous()


@pytest.mark.req("P3")
def test_a_rolled_back_uid_is_free_again(path: str) -> None:
    store = SqliteStore(path)

    def fail() -> None:
        with store.transaction():
            store.accept(NewEvent(target="worker", type="go", uid="u"), EventStatus.PENDING, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.transaction():
        assert store.accept(NewEvent(target="worker", type="go", uid="u"), EventStatus.PENDING, NOW)[1] is False
    store.close()
