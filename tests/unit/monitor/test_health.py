"""What /health finds in a database, whatever lies there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest

from statemachine_internal.monitor.health import BUSY_LIMIT, Health, examine
from statemachine_internal.store.migrate import LATEST
from statemachine_internal.store.sqlite import SqliteStore
from statemachine_internal.version import VERSION


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "statemachine.db"


def made(path: Path) -> None:
    SqliteStore(str(path)).close()


def of_a_newer_version(path: Path) -> None:
    made(path)
    connection = apsw.Connection(str(path))
    connection.cursor().execute(f"PRAGMA user_version = {LATEST + 1}")
    connection.close()


def facts(health: Health) -> tuple[str, bool, bool, int | None, int]:
    found = health.database
    return health.status, found.exists, found.readable, found.schema_version, health.machines


@pytest.mark.req("H3")
def test_a_sound_database_is_ok(path: Path) -> None:
    made(path)
    health = examine(str(path))
    assert facts(health) == ("ok", True, True, LATEST, 0)
    assert (health.version, health.database.error) == (VERSION, None)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(health.time)).total_seconds()) < 60


@pytest.mark.req("H3")
@pytest.mark.parametrize("prepare", [Path.exists, Path.touch], ids=["no file", "just being made"])
def test_a_database_that_nobody_made_yet_is_no_fault_and_is_not_made(
    path: Path, prepare: Callable[[Path], object]
) -> None:
    prepare(path)
    before = os.listdir(path.parent)
    assert facts(examine(str(path))) == ("ok", False, False, None, 0)
    assert os.listdir(path.parent) == before


@pytest.mark.req("H3")
def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert examine(str(tmp_path / "no" / "such.db")).status == "ok"
    assert os.listdir(tmp_path) == []


@pytest.mark.req("H3")
@pytest.mark.parametrize(
    ("prepare", "named"),
    [
        (lambda path: path.write_bytes(b"no database at all, but long enough to be looked at" * 100), "not a sound"),
        (Path.mkdir, "is no file"),
        (of_a_newer_version, "upgrade this program"),
    ],
    ids=["garbage", "a folder", "newer"],
)
def test_what_cannot_be_read_is_degraded_and_says_why(
    path: Path, prepare: Callable[[Path], object], named: str
) -> None:
    prepare(path)
    health = examine(str(path))
    assert facts(health) == ("degraded", True, False, None, 0)
    assert health.database.error is not None
    assert named in health.database.error
    assert str(path) in health.database.error


@pytest.mark.req("H3")
def test_a_path_through_a_file_is_degraded(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "Not a directory" in str(examine(str(tmp_path / "file" / "statemachine.db")).database.error)


@pytest.mark.req("H3")
def test_a_database_that_somebody_has_to_himself_is_degraded_soon(path: Path) -> None:
    made(path)
    owner = apsw.Connection(str(path))
    owner.cursor().execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
    owner.cursor().execute("BEGIN EXCLUSIVE")
    started = time.monotonic()
    health = examine(str(path))
    took = time.monotonic() - started
    owner.close()
    assert facts(health) == ("degraded", True, False, None, 0)
    assert "is locked" in str(health.database.error)
    assert took < BUSY_LIMIT / 1000 * 8


@pytest.mark.req("H6")
def test_a_writer_at_work_is_not_waited_for(path: Path) -> None:
    made(path)
    writer = apsw.Connection(str(path))
    writer.cursor().execute("BEGIN IMMEDIATE")
    assert examine(str(path)).status == "ok"
    writer.cursor().execute("COMMIT")
    writer.close()
