"""What ``/health`` finds out. It reads, and never makes or upgrades a database."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import apsw

from statemachine_internal.errors import StoreError
from statemachine_internal.store import migrate
from statemachine_internal.store.connection import translated
from statemachine_internal.store.queries import Queries
from statemachine_internal.version import VERSION

BUSY_LIMIT = 250
"""Milliseconds to wait for somebody who has the database to himself, as SQLite does after a crash."""
_LISTING = Queries("listing")


@dataclass(frozen=True, kw_only=True)
class Database:
    """The database as it was found."""

    path: str
    exists: bool
    """False until the first machine, or the first event, makes it; that is no fault."""
    readable: bool
    schema_version: int | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Health:
    """How the monitor stands."""

    status: Literal["ok", "degraded"]
    version: str
    database: Database
    machines: int
    """How many machines the database knows."""
    time: str
    """Now, in ISO 8601, UTC."""


def examine(path: str) -> Health:
    """Look at the database at ``path``."""
    try:
        database, machines = _read(path)
    except StoreError as error:
        database, machines = Database(path=path, exists=True, readable=False, error=str(error)), 0
    return Health(
        status="ok" if database.readable or not database.exists else "degraded",
        version=VERSION,
        database=database,
        machines=machines,
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


def _read(path: str) -> tuple[Database, int]:
    nothing = Database(path=path, exists=False, readable=False)
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return nothing, 0
    except OSError as error:
        raise StoreError(f"can't open {path}: {error.strerror}") from error
    if not regular:
        raise StoreError(f"{path} is no file; name another with STATEMACHINE_DATABASE")
    try:
        connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.cursor().execute(f"PRAGMA busy_timeout = {BUSY_LIMIT}")
            schema = migrate.schema_version(connection)
            if schema == 0:  # somebody is making it just now
                return nothing, 0
            if schema > migrate.LATEST:
                raise StoreError(
                    f"{path} was made by a newer version (schema {schema}, this program knows {migrate.LATEST}); "
                    "upgrade this program"
                )
            machines = sum(int(str(row[1])) for row in connection.cursor().execute(_LISTING.machines_by_status))
        finally:
            connection.close()
    except apsw.Error as error:
        raise translated(error, path) from error
    return Database(path=path, exists=True, readable=True, schema_version=schema), machines
