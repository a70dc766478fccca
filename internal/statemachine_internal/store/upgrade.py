"""What bringing a database up to date did: the answer of ``statemachine-db migrate``."""

from __future__ import annotations

import os

import apsw

from statemachine_internal.store import migrate
from statemachine_internal.store.connection import connect, translated


class Upgrade:
    """The schema before (0: there was no database) and after, and the backup in between, if there was one to make."""

    __slots__ = ("after", "backup", "before", "path")

    def __init__(self, path: str, before: int, after: int, backup: str | None) -> None:
        self.path, self.before, self.after, self.backup = path, before, after, backup


def upgrade(path: str) -> Upgrade:
    """Bring the database at ``path`` up to date, as every program does that opens it; make it if there is none.

    Raises:
        MigrationFailed: the migration doesn't suit this database, which is as it was.
        StoreError: the database can't be opened, or was made by a newer version.
    """
    before = _version(path)
    connection = connect(path)
    after = migrate.schema_version(connection)
    connection.close()
    made = migrate.backups(path) if 0 < before < after else []
    return Upgrade(path, before, after, made[-1] if made else None)


def _version(path: str) -> int:
    if not os.path.exists(path):
        return 0
    try:
        connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return migrate.schema_version(connection)
        finally:
            connection.close()
    except apsw.Error as error:
        raise translated(error, path) from error
