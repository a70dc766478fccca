"""A copy of a database that machines write to: whole, of one moment, and under its name only once it is on disk."""

from __future__ import annotations

import os
import stat

import apsw

from statemachine_internal.errors import StoreError
from statemachine_internal.store.connection import connect, translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[int, int], None]

PAGES_AT_ONCE = 2000
MODE = 0o640
COMPANIONS = ("-wal", "-shm", "-journal")


class NoBackup(StoreError):
    """The backup can't be written where it was asked for."""

    code = "no_backup"


def back_up(path: str, target: str, *, replace: bool = False, progress: Progress | None = None) -> int:
    """Copy the database at ``path`` into the file ``target``, while others write.

    Args:
        path: the database.
        target: the file, which must not be there unless ``replace`` is true.
        replace: take the place of a file that is there.
        progress: told the pages that are done, and all of them, as it goes on.

    Returns:
        The size of the copy in bytes.

    Raises:
        NoDatabase: there is nothing to copy.
        NoBackup: ``target`` can't be written, or must not be.
        StoreError: the database can't be read.
    """
    _check_target(path, target, replace)
    connection = connect(path, readonly=True)
    try:
        return copy(connection, target, mode=MODE, progress=progress)
    except apsw.Error as error:
        raise translated(error, path) from error
    finally:
        connection.close()


def copy(connection: apsw.Connection, target: str, *, mode: int | None = None, progress: Progress | None = None) -> int:
    """Copy what ``connection`` sees into the file ``target``, replacing it; returns its size in bytes.

    The file belongs to the owner of its folder, also when root makes it. ``mode`` None: those may read it whom
    the folder is for.
    """
    part = f"{target}.{os.getpid()}.part"
    try:
        _make(part, mode)
        try:
            _fill(connection, part, progress)
            size = _sync(part)
            os.rename(part, target)
        finally:
            remove(part)
        _sync(os.path.dirname(target) or ".")
    except OSError as error:
        raise NoBackup(f"can't write the backup {target}: {error.strerror}") from error
    except apsw.FullError as error:
        raise NoBackup(f"can't write the backup {target}: no room on its disk") from error
    return size


def remove(path: str) -> None:
    """Remove a database and what SQLite keeps beside it, as far as they are there."""
    for name in (path, *(path + companion for companion in COMPANIONS)):
        try:
            os.unlink(name)
        except FileNotFoundError:
            continue


def _check_target(path: str, target: str, replace: bool) -> None:
    real, database = os.path.realpath(target), os.path.realpath(path)
    if real in (database, *(database + companion for companion in COMPANIONS)):
        raise NoBackup(f"{target} belongs to the database itself; name another file")
    try:
        found = os.stat(target)
    except OSError:
        found = None
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise NoBackup(f"{target} is there, and is no file; name a file")
    if found is not None and not replace:
        raise NoBackup(f"{target} is there already; name another file, or replace it with --force")
    for companion in ("-wal", "-journal"):
        # SQLite would take it for the copy's own, and play it into the copy.
        if os.path.exists(target + companion) and os.path.getsize(target + companion) > 0:
            raise NoBackup(f"{target}{companion} is there: {target} is a database in use; name another file")


def _make(part: str, mode: int | None) -> None:
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        folder = os.stat(os.path.dirname(part) or ".")
        if os.geteuid() == 0 and folder.st_uid != 0:
            os.fchown(handle, folder.st_uid, folder.st_gid)
        os.fchmod(handle, folder.st_mode & MODE if mode is None else mode)
    finally:
        os.close(handle)


def _fill(connection: apsw.Connection, part: str, progress: Progress | None) -> None:
    copied = apsw.Connection(part, flags=apsw.SQLITE_OPEN_READWRITE)
    cursor = connection.cursor()
    try:
        # Nobody sees the file before it is synced as a whole, so that nothing needs to be undone in it.
        copied.cursor().execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF").fetchall()
        # One snapshot from the first page to the last: otherwise each commit of another would start the copy anew.
        cursor.execute("BEGIN; SELECT count(*) FROM sqlite_schema").fetchall()
        with copied.backup("main", connection, "main") as backup:
            while not backup.done:
                backup.step(PAGES_AT_ONCE)
                if progress is not None:
                    # apsw 3.40 knows the older name only.
                    pages = int(getattr(backup, "page_count", 0) or getattr(backup, "pagecount", 0))
                    progress(pages - backup.remaining, pages)
    finally:
        if connection.in_transaction:
            cursor.execute("COMMIT")
        copied.close()


def _sync(path: str) -> int:
    """Bring a file or a folder to the disk; returns its size."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
        return os.fstat(handle).st_size
    finally:
        os.close(handle)
