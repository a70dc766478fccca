"""A copy of a database that others write to."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from statemachine_internal.store import backup
from statemachine_internal.store.backup import NoBackup, back_up
from statemachine_internal.store.connection import NoDatabase, connect
from statemachine_internal.store.invariants import check

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
SOMEBODY = 54321

EVENT = """INSERT INTO machine_events (source, target, type, payload, status, not_before, created, processed)
           VALUES ('cli', 'w', 'go', json_object('fill', ?), 'processed', 0, 1, 1)"""
FEED = """INSERT INTO realtime_events (machine_name, event_type, payload, event_id, created)
          VALUES ('w', 'state_change', json_object('from', 's', 'to', 's', 'entry', ?1), ?1, 1)"""
# Each event in one transaction with the row that shows what it did: half of it would be found by check.
WRITER = f"""
import select, sys
from statemachine_internal.store.connection import connect
execute = connect(sys.argv[1]).cursor().execute
number = 0
print('ready', flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    number += 1
    execute('BEGIN IMMEDIATE')
    execute('''{EVENT}''', ('x' * 500,))
    execute('''{FEED}''', (number,))
    execute('COMMIT')
print(number)
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "a.db")
    connect(path).close()
    return path


def test_a_copy_is_whole_and_for_its_owner_and_group(path: str, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        size = back_up(path, str(tmp_path / "copy.db"))
    finally:
        os.umask(before)
    found = os.stat(tmp_path / "copy.db")
    assert (stat.S_IMODE(found.st_mode), found.st_size) == (0o640, size)
    assert check(str(tmp_path / "copy.db"), 10)[1] == []
    assert {name for name in os.listdir(tmp_path) if name.startswith("copy.db.")} == set()


@pytest.mark.req("G7")
@pytest.mark.req("P3")
def test_a_copy_is_of_one_moment_while_a_machine_writes(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGES_AT_ONCE", 5)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    steps: list[tuple[int, int]] = []
    numbers = []
    try:
        for turn in range(5):
            copy = str(tmp_path / f"{turn}.db")
            back_up(path, copy, progress=lambda done, pages: steps.append((done, pages)))
            counts, complaints = check(copy, 10)
            assert complaints == []
            numbers.append(counts["events"])
    finally:
        written = int(writer.communicate("end\n", timeout=60)[0])
    assert numbers == sorted(numbers)
    assert numbers[-1] <= written
    assert all(done <= pages for done, pages in steps)
    assert steps[-1][0] == steps[-1][1]


@pytest.mark.req("G7")
@pytest.mark.req("P11")
def test_each_commit_of_others_does_not_start_the_copy_anew(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGES_AT_ONCE", 1)
    writer = connect(path)
    steps: list[int] = []

    def write(done: int, _pages: int) -> None:
        assert done == len(steps) + 1
        steps.append(done)
        writer.cursor().execute(EVENT, ("x" * 500,))

    back_up(path, str(tmp_path / "copy.db"), progress=write)
    writer.close()
    assert len(steps) > 5
    assert rows_of(str(tmp_path / "copy.db")) == 0
    assert rows_of(path) == len(steps)


def rows_of(path: str) -> int:
    connection = connect(path)
    ((count,),) = connection.cursor().execute("SELECT count(*) FROM machine_events").fetchall()
    connection.close()
    return int(str(count))


@pytest.mark.req("G7")
def test_a_file_that_is_there_is_replaced_only_if_asked(path: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(NoBackup, match="is there already; name another file, or replace it with --force"):
        back_up(path, str(target))
    assert target.read_text(encoding="utf-8") == "mine"
    back_up(path, str(target), replace=True)
    assert check(str(target), 10)[1] == []


@pytest.mark.req("G7")
@pytest.mark.parametrize("replace", [True, False])
def test_what_belongs_to_a_database_in_use_is_never_replaced(path: str, tmp_path: Path, replace: bool) -> None:
    holder = connect(path)
    os.symlink(path, tmp_path / "link.db")
    (tmp_path / "used.db").write_bytes(b"")
    (tmp_path / "used.db-wal").write_bytes(b"pages")
    before = Path(path).read_bytes()
    for name in ("a.db", "a.db-wal", "a.db-shm", "link.db", "used.db"):
        with pytest.raises(NoBackup):
            back_up(path, str(tmp_path / name), replace=replace)
    assert Path(path).read_bytes() == before
    holder.close()


@pytest.mark.req("G7")
@pytest.mark.parametrize("target", ["missing/copy.db", "folder", "a.db/copy.db", "/dev/null"])
def test_where_no_file_can_be_is_one_line(path: str, tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(NoBackup) as caught:
        back_up(path, str(tmp_path / target), replace=True)
    assert "\n" not in str(caught.value)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_copy_that_fails_leaves_nothing(path: str, tmp_path: Path) -> None:
    def fail(_done: int, _pages: int) -> None:
        raise KeyboardInterrupt

    before = sorted(os.listdir(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        back_up(path, str(tmp_path / "copy.db"), progress=fail)
    assert [name for name in sorted(os.listdir(tmp_path)) if name not in before and not name.startswith("a.db")] == []


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoDatabase):
        back_up(str(tmp_path / "none.db"), str(tmp_path / "copy.db"))
    assert os.listdir(tmp_path) == []


@ROOT_ONLY
def test_a_copy_that_root_makes_belongs_to_the_owner_of_its_folder(path: str, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", SOMEBODY, SOMEBODY + 1)
    target = str(tmp_path / "theirs" / "copy.db")
    back_up(path, target)
    assert (os.stat(target).st_uid, os.stat(target).st_gid) == (SOMEBODY, SOMEBODY + 1)


def test_a_copy_is_restored_by_copying_it_back(path: str, tmp_path: Path) -> None:
    connection = connect(path)
    connection.cursor().execute(EVENT, ("x",))
    connection.close()
    back_up(path, str(tmp_path / "copy.db"))
    os.rename(tmp_path / "copy.db", tmp_path / "restored.db")
    restored = connect(str(tmp_path / "restored.db"))
    assert restored.cursor().execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    assert restored.cursor().execute("SELECT count(*) FROM machine_events").fetchall() == [(1,)]
    restored.close()
    assert isinstance(restored, apsw.Connection)
