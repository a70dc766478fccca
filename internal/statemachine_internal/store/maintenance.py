"""What a database needs now and then, while machines write to it: the steps of ``statemachine-db maintain``."""

from __future__ import annotations

import os
import time

import apsw

from statemachine_internal.store.backup import NoBackup, back_up, remove
from statemachine_internal.store.connection import connect, translated
from statemachine_internal.store.folders import make_shared_folder
from statemachine_internal.store.pruning import Pruning

DAY = 86_400_000_000  # microseconds
START, END = "statemachine-", ".db"
STAMP = "%Y%m%dT%H%M%S"  # UTC, so that the names are in the order of time at every hour of the year
STALE = 86400  # seconds after which a copy that isn't finished has nobody who makes it
ROWS_LOOKED_AT = 400
TRIES, TRY_PAUSE = 20, 0.01  # seconds


def prune(path: str, days: int) -> tuple[tuple[int, int], int]:
    """Delete what is older than so many days; returns how many events and rows of the feed that was, and jobs."""
    with Pruning(path, time.time_ns() // 1000 - days * DAY) as pruning:
        return pruning.delete(), pruning.delete_jobs()


def optimize(path: str) -> None:
    """Let SQLite look at its indexes, at a few rows of each: it holds the write lock while it does."""
    connection = connect(path)
    try:
        execute = connection.cursor().execute
        execute(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}").fetchall()
        execute("PRAGMA optimize").fetchall()
    except apsw.Error as error:
        raise translated(error, path) from error
    finally:
        connection.close()


def checkpoint(path: str) -> int:
    """Merge the WAL into the database and empty it; returns the bytes that stay, since others are at work on them."""
    connection = connect(path)
    try:
        set_handler = getattr(connection, "set_busy_handler", None) or connection.setbusyhandler
        set_handler(None)  # the second one holds the write lock while it waits for readers, so it must not wait
        for _ in range(TRIES):
            try:
                # This one keeps nobody waiting, and leaves next to nothing for the second, which does.
                size, merged = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
                if size == merged:
                    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
                    return 0
            except apsw.BusyError:
                pass
            time.sleep(TRY_PAUSE)
        return os.stat(path + "-wal").st_size
    except apsw.Error as error:
        raise translated(error, path) from error
    finally:
        connection.close()


def rotate(path: str, folder: str, kept: int) -> tuple[str, list[str]]:
    """Make a backup in a folder, and remove all of them there but the newest ``kept``.

    Returns:
        The path of the new one, and the names of those that were removed.

    Raises:
        NoBackup: it can't be made; then none is removed.
        StoreError: the database can't be read.
    """
    _make_folder(folder)
    made = os.path.join(folder, START + time.strftime(STAMP, time.gmtime()) + END)
    back_up(path, made, replace=True)  # that of another run within the same second
    try:
        names = os.listdir(folder)
        others = sorted(name for name in names if _is_backup(name) and name != os.path.basename(made))
        removed = others[: max(0, len(others) + 1 - kept)]
        for name in removed:
            remove(os.path.join(folder, name))
        for name in names:
            part = os.path.join(folder, name)
            if name.startswith(START) and name.endswith(".part") and _age(part) > STALE:
                remove(part)
    except OSError as error:
        raise NoBackup(f"{made} is made, but an older one can't be removed: {error.strerror}") from error
    return made, removed


def _make_folder(folder: str) -> None:
    try:
        make_shared_folder(folder)
    except OSError as error:
        raise NoBackup(f"can't make the folder {folder}: {error.strerror}") from error


def _is_backup(name: str) -> bool:
    """Whether ``rotate`` made it; strptime would say it too, and imports half a library."""
    if not (name.startswith(START) and name.endswith(END)):
        return False
    date, letter, clock = name[len(START) : -len(END)].partition("T")
    digits = date + clock
    return (len(date), letter, len(clock)) == (8, "T", 6) and digits.isascii() and digits.isdecimal()


def _age(path: str) -> float:
    try:
        return time.time() - os.stat(path).st_mtime
    except FileNotFoundError:
        return 0.0
