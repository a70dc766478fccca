"""What bringing a database up to date did: the answer of ``statemachine-db migrate``."""

from __future__ import annotations

from statemachine_internal.store import migrate
from statemachine_internal.store.connection import connect, version_of


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
    before = version_of(path)
    connection = connect(path)
    after = migrate.schema_version(connection)
    connection.close()
    made = migrate.backups(path) if 0 < before < after else []
    return Upgrade(path, before, after, made[-1] if made else None)
