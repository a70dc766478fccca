"""The schema and its numbered, forward-only migrations.

The first process that opens the file runs what is missing: one at a time (an flock beside the database), each in one
transaction. Where there is something to lose, a backup is made first, and the migration is tried on a copy of it.

::

    database ─► backup ─► scratch copy ─► migration ─► sound? ─► migration of the database
                                              └─ fails ─┴─ no ─► MigrationFailed; the database is as it was
"""

from __future__ import annotations

import fcntl
import os
import time

import apsw

from statemachine_internal.errors import StoreError

_FOLDER = os.path.join(os.path.dirname(__file__), "migrations")
MIGRATIONS = sorted(name for name in os.listdir(_FOLDER) if name.endswith(".sql"))
LATEST = len(MIGRATIONS)
BACKUPS_KEPT = 3


class MigrationFailed(StoreError):
    """The migration was tried on a copy and didn't go well; the database is as it was.

    Attributes:
        path: the database.
        backup: of the database as it is.
        problem: what went wrong.
    """

    code = "migration_failed"

    def __init__(self, path: str, version: int, backup: str, problem: str) -> None:
        self.path, self.backup, self.problem = path, backup, problem
        super().__init__(
            f"{path} stays at schema {version}: bringing a copy of it to {LATEST} failed: {problem}; "
            f"nothing was changed, a backup is at {backup}"
        )


def schema_version(connection: apsw.Connection) -> int:
    """The number of migrations that this database has had."""
    for (version,) in connection.cursor().execute("PRAGMA user_version"):
        return int(version)
    raise StoreError("the database has no version")  # the pragma always gives a row


def create_file(path: str) -> None:
    """Make the empty file, unless it is there.

    It belongs to the owner of its folder, also when root makes it, and is for those of them and their group whom the
    folder is for, whatever the umask: operators write into what the service made, and the service into what they made.
    """
    folder = os.path.dirname(path) or "."
    try:
        os.makedirs(folder, mode=0o770, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o660)
    except OSError as error:
        rights = "run as a member of group statemachine, or " if isinstance(error, PermissionError) else ""
        raise StoreError(
            f"can't make {path}: {error.strerror}; {rights}name another place with STATEMACHINE_DATABASE"
        ) from error
    try:
        owner = os.stat(folder)
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.fchown(handle, owner.st_uid, owner.st_gid)
        if os.fstat(handle).st_uid == os.geteuid() or os.geteuid() == 0:
            os.fchmod(handle, owner.st_mode & 0o660)
    finally:
        os.close(handle)


def bring_up_to_date(connection: apsw.Connection, path: str) -> None:
    """Run the migrations that ``path`` hasn't had; does nothing when another process was quicker."""
    # The folder is locked, not the file: to close any descriptor of the file would drop the POSIX locks that SQLite
    # holds on it for this process, and the next process to close it might delete the WAL that this one writes to.
    handle = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        version = schema_version(connection)
        if version >= LATEST:
            return
        if version > 0:
            _rehearse(connection, path, version)
        connection.cursor().execute("PRAGMA journal_mode = WAL").fetchall()
        run(connection, version)
    finally:
        os.close(handle)


def run(connection: apsw.Connection, version: int) -> None:
    """Run the migrations that a database at ``version`` hasn't had."""
    for number in range(version, LATEST):
        _run(connection, number)


def backups(path: str) -> list[str]:
    """The backups that were made before migrations of ``path``, oldest first."""
    folder, name = os.path.split(path)
    names = [other for other in os.listdir(folder or ".") if other.startswith(f"{name}.before-schema-")]
    made = [os.path.join(folder, other) for other in names if other[-1].isdigit()]
    return sorted(made, key=lambda other: (os.stat(other).st_mtime_ns, other))


def _rehearse(connection: apsw.Connection, path: str, version: int) -> None:
    from statemachine_internal.store import trial  # only here: they belong to a day that seldom comes

    made = _kept_once(path, f"{path}.before-schema-{LATEST}.{time.strftime('%Y%m%dT%H%M%S')}", connection)
    for old in backups(path)[:-BACKUPS_KEPT]:
        os.unlink(old)
    problem = trial.problem(made, f"{path}.trial", version)
    if problem:
        raise MigrationFailed(path, version, made, problem)


def _kept_once(path: str, name: str, connection: apsw.Connection) -> str:
    """A backup of ``path`` as it is: ``name``, or one that was made before and holds the same.

    A service that can't be upgraded is started again and again; its backups would push out those of other days.
    """
    import filecmp

    from statemachine_internal.store import backup

    before = [other for other in backups(path) if other != name]
    backup.copy(connection, name)
    for other in before:
        if filecmp.cmp(other, name, shallow=False):
            os.unlink(name)
            os.utime(other)  # the newest, as far as what it holds goes
            return other
    return name


def _run(connection: apsw.Connection, number: int) -> None:
    with open(os.path.join(_FOLDER, MIGRATIONS[number]), encoding="utf-8") as file:
        statements = file.read()
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    try:
        cursor.execute(statements)
        cursor.execute(f"PRAGMA user_version = {number + 1}")
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
