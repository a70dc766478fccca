"""Emptying a database: its rows go, after a backup; the file, its schema and the numbers of its rows go on.

A file that SQLite can't read is put aside in place of a backup, and a new one is made. One that it can read stays the
same file, so that whoever has it open, a monitor for instance, reads on there; and no id is given twice, by which such
a reader knows where it stands.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

import apsw

from statemachine_internal.errors import StateMachineError, StoreError
from statemachine_internal.store.backup import COMPANIONS, back_up, remove
from statemachine_internal.store.connection import NoDatabase, connect, translated
from statemachine_internal.store.queries import Queries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

RECREATION = Queries("recreation")


class MachinesRun(StateMachineError):
    """The database can't be emptied under machines that run."""

    code = "machines_run"


def refuse_while_machines_run(path: str, alive: list[str]) -> None:
    """Raise MachinesRun, with their names, where any run."""
    if alive:
        names = ", ".join(alive[:5]) + (f" and {len(alive) - 5} more" if len(alive) > 5 else "")
        raise MachinesRun(f"{path} can't be emptied while machines run: {names}; stop them first")


def recreate(path: str, alive: Callable[[], list[str]]) -> str | None:
    """Empty the database at ``path``, or make it.

    Args:
        path: the database.
        alive: names the machines that run; asked once more when nobody can write any longer.

    Returns:
        The path of the backup; None if there was no database.

    Raises:
        MachinesRun: a machine was started meanwhile; nothing was deleted.
        NoBackup: it can't be made; nothing was deleted.
        StoreError: the database can't be written.
    """
    target = _free_name(path)
    try:
        _look_into(path)
    except NoDatabase:
        connect(path).close()
        return None
    except StoreError as error:
        if not isinstance(error.__cause__, (apsw.NotADBError, apsw.CorruptError)):
            raise
        _put_aside(path, target)
        connect(path).close()
        return target
    _empty(path, target, alive)
    return target


def _free_name(path: str) -> str:
    stamp = time.strftime("%Y%m%dT%H%M%S")
    target, number = f"{path}.before-recreate.{stamp}", 1
    while os.path.exists(target):
        number += 1
        target = f"{path}.before-recreate.{stamp}-{number}"
    return target


def _look_into(path: str) -> None:
    """Raise what ``connect`` raises, or a StoreError where the file is no sound database."""
    connection = connect(path, readonly=True)
    try:
        connection.cursor().execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except apsw.Error as error:
        raise translated(error, path) from error
    finally:
        connection.close()


def _put_aside(path: str, target: str) -> None:
    try:
        for companion in ("", *COMPANIONS):
            if os.path.exists(path + companion):
                os.rename(path + companion, target + companion)
    except OSError as error:
        raise StoreError(f"can't put {path} aside as {target}: {error.strerror}") from error


def _empty(path: str, target: str, alive: Callable[[], list[str]]) -> None:
    connection = connect(path)
    execute = connection.cursor().execute
    try:
        execute("PRAGMA foreign_keys = OFF")
        execute("BEGIN IMMEDIATE")
        try:
            refuse_while_machines_run(path, alive())
            back_up(path, target)  # nobody writes meanwhile: what is deleted is what is in it
            execute(RECREATION.empty)
            execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                execute("ROLLBACK")
                remove(target)
            raise
        with suppress(apsw.BusyError):  # somebody reads on; the room is used by what comes
            execute("VACUUM")
    except apsw.Error as error:
        raise translated(error, path) from error
    finally:
        connection.close()
