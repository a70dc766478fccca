"""One read-only connection: what all have in common that only look into the database."""

from __future__ import annotations

import apsw

from statemachine_internal.store.connection import connect, translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self


class Reading:
    """The database at a path, for reading.

    Raises:
        NoDatabase: there is none yet; none is made.
        StoreError: it can't be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._connection = connect(path, readonly=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

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
