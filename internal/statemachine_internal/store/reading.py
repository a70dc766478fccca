"""One read-only connection: what all have in common that only look into the database."""

from __future__ import annotations

import os

import apsw

from statemachine_internal.store.connection import connect, translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self


class Reading:
    """The database at a path, for reading.

    ``busy_limit`` is how long a read may wait for others, in seconds; None: ten.

    Raises:
        NoDatabase: there is none yet; none is made.
        StoreError: it can't be read.
    """

    def __init__(self, path: str, busy_limit: float | None = None) -> None:
        self.path = path
        self._file = _file_at(path)  # looked at first: one that takes its place while this opens is seen too
        self._connection = connect(path, readonly=True, busy_limit=busy_limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def replaced(self) -> bool:
        """Whether another file stands at the path now, such as a backup, or none."""
        return _file_at(self.path) != self._file

    def _values(self, sql: str, *values: object) -> list[Any]:
        """Rows as tuples."""
        try:
            return self._connection.cursor().execute(sql, values).fetchall()
        except apsw.Error as error:
            raise translated(error, self.path) from error

    def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows as maps from the names of their columns."""
        try:
            cursor = self._connection.cursor().execute(sql, values)
            try:
                names = [column[0] for column in cursor.description]
            except apsw.ExecutionCompleteError:  # no rows
                return []
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except apsw.Error as error:
            raise translated(error, self.path) from error


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
