"""A migration is tried on a copy before the database has it: it must run through, and leave the copy sound."""

from __future__ import annotations

import apsw

from statemachine_internal.store import migrate
from statemachine_internal.store.backup import copy, remove
from statemachine_internal.store.invariants import CHECK, INVARIANTS

SHOWN = 3  # complaints, in the one line that there is


def problem(backup: str, scratch: str, version: int) -> str | None:
    """What goes wrong when the missing migrations are run on a copy of ``backup``; None if all is well.

    Args:
        backup: the database's, at ``version``; it is only read.
        scratch: where to put the copy. The caller sees to it that nobody else tries there now; what an earlier trial
            left is removed first, and the copy at the end.
        version: the number of migrations that the backup has had.
    """
    remove(scratch)
    try:
        original = apsw.Connection(backup)
        try:
            copy(original, scratch)
        finally:
            original.close()
        connection = apsw.Connection(scratch, flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.cursor().execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF").fetchall()
            return _migrated(connection, version)
        finally:
            connection.close()
    finally:
        remove(scratch)


def _migrated(connection: apsw.Connection, version: int) -> str | None:
    before = set(complaints(connection))
    try:
        migrate.run(connection, version)
        after = complaints(connection)
    except (apsw.Error, OSError) as error:
        return f"{type(error).__name__}: {error}"
    # What was wrong before must not keep the host from the version that may mend it; "check" names it.
    found = [text for text in after if text not in before]
    if not found:
        return None
    more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return "; ".join(found[:SHOWN]) + more


def complaints(connection: apsw.Connection) -> list[str]:
    """What is wrong in a database; statements that its schema doesn't know say nothing."""
    execute = connection.cursor().execute
    latest = migrate.schema_version(connection) == migrate.LATEST
    found = [text for (text,) in execute("PRAGMA quick_check") if text != "ok"]
    found += [
        f"row {row or '(key)'} of {child} points to a row of {parent} that there is not"
        for child, row, parent, _ in execute("PRAGMA foreign_key_check")
    ]
    for name, message in INVARIANTS:
        try:
            rows = execute(getattr(CHECK, name), (-1,)).fetchall()  # -1: all
        except apsw.SQLError:
            if latest:
                raise
            continue
        found += [f"{name}: {message.format(*row)}" for row in rows]
    return found
