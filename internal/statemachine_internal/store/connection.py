"""One connection to the database, set up the way that durability and many writers need.

A listing has 25 ms in all, so this imports apsw and nothing heavier.
"""

from __future__ import annotations

import os
import stat
import time

import apsw

from statemachine_internal.errors import StoreBusy, StoreError, StoreFull, StoreRefused
from statemachine_internal.store import migrate

# SQLite's own back-off was seen to wait 240 to 640 ms with two to four writers; a short steady one 27 to 37 ms.
BUSY_PAUSE = 0.0002
BUSY_LIMIT = 10.0
SYNCHRONOUS = ("FULL", "NORMAL")


class NoDatabase(StoreError):
    """There is nothing to read yet: no machine has run and no event was sent here."""

    code = "no_database"

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"no database at {path} yet; the first machine, or the first event, makes it")


def connect(path: str, *, readonly: bool = False, busy_limit: float | None = None) -> apsw.Connection:
    """Open the database at ``path``; a writer makes it, and brings it up to date, where that is needed.

    A reader makes nothing, and raises NoDatabase where nothing is; one of an older version is brought up to date first.
    ``busy_limit`` is how long to wait for others, in seconds; None: ten. Raises StoreError: the file can't be opened,
    isn't a database, or was made by a newer version.
    """
    try:
        connection = _open(path, readonly=readonly)
        _wait_when_busy(connection, BUSY_LIMIT if busy_limit is None else busy_limit)
        version = migrate.schema_version(connection)
        if version != migrate.LATEST:
            if version > migrate.LATEST:
                raise StoreError(
                    f"{path} was made by a newer version (schema {version}, this program knows {migrate.LATEST}); "
                    "upgrade this program"
                )
            if readonly:
                connection.close()
                if version == 0:  # somebody is making it just now
                    raise NoDatabase(path)
                connect(path).close()
                return connect(path, readonly=True, busy_limit=busy_limit)
            migrate.bring_up_to_date(connection, path)
        # Otherwise SQLite prepares a statement anew whenever a value that it was planned with is another one: a look
        # for the next job took 35 µs instead of 5.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA synchronous = {_synchronous()}")
    except apsw.Error as error:
        raise translated(error, path) from error
    return connection


def version_of(path: str, *, busy_limit: float = BUSY_LIMIT) -> int:
    """The schema of the database at ``path``, which is only read; 0: there is none, or somebody is making it just now.

    ``busy_limit`` is how long to wait for others, in seconds: a reader too meets a lock where the last writer is
    closing the file. Raises StoreError: the file can't be opened, isn't a database, or was locked for all of that time.
    """
    try:
        connection = _open(path, readonly=True)
        try:
            _wait_when_busy(connection, busy_limit)
            return migrate.schema_version(connection)
        finally:
            connection.close()
    except NoDatabase:
        return 0
    except apsw.Error as error:
        raise translated(error, path) from error


def in_memory() -> apsw.Connection:
    """A database that nobody else sees and that goes with its connection."""
    connection = apsw.Connection(":memory:")
    migrate.run(connection, 0)
    connection.cursor().execute("PRAGMA foreign_keys = ON")
    return connection


def translated(error: apsw.Error, path: str) -> StoreError:
    """SQLite's complaint as ours, with the file and the way out in it."""
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return StoreBusy(f"{path} is locked by another process; nothing was stored, try again")
    if isinstance(error, apsw.FullError):
        return StoreFull(f"no room to write {path}; nothing was stored, free some disk space")
    if isinstance(error, apsw.ConstraintError):
        return StoreRefused(f"{path} refuses the row: {error}")
    if isinstance(error, (apsw.NotADBError, apsw.CorruptError)):
        return StoreError(
            f"{path} is not a sound database ({error}); restore a backup, or name another with STATEMACHINE_DATABASE"
        )
    if isinstance(error, apsw.CantOpenError):
        return StoreError(f"can't open {path}; check that it exists and that this user may use it (group statemachine)")
    if isinstance(error, (apsw.ReadOnlyError, apsw.PermissionsError, apsw.AuthError)):
        return StoreError(f"{path} can't be written by this user; run as a member of group statemachine")
    return StoreError(f"{path}: {error}")


def _open(path: str, *, readonly: bool) -> apsw.Connection:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        if readonly:
            raise NoDatabase(path) from None
        migrate.create_file(path)
    except PermissionError as error:
        raise StoreError(f"can't open {path}: {error.strerror}; run as a member of group statemachine") from None
    except OSError as error:
        raise StoreError(
            f"can't open {path}: {error.strerror}; name another place with STATEMACHINE_DATABASE"
        ) from None
    else:
        if stat.S_ISDIR(mode):
            raise StoreError(
                f"can't open {path}: it is a folder; name a file with STATEMACHINE_DATABASE, "
                f"such as {path}/statemachine.db"
            )
    flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE
    return apsw.Connection(path, flags=flags)


def _wait_when_busy(connection: apsw.Connection, limit: float) -> None:
    started = 0.0

    def wait(tries: int) -> bool:
        nonlocal started
        now = time.monotonic()
        if tries == 0:
            started = now
        if now - started > limit:
            return False
        time.sleep(BUSY_PAUSE)
        return True

    set_handler = getattr(connection, "set_busy_handler", None) or connection.setbusyhandler
    set_handler(wait)


def _synchronous() -> str:
    chosen = os.environ.get("STATEMACHINE_SYNCHRONOUS", "FULL").upper()
    if chosen not in SYNCHRONOUS:
        raise StoreError(f"STATEMACHINE_SYNCHRONOUS is '{chosen}'; use one of: {', '.join(SYNCHRONOUS)}")
    return chosen
