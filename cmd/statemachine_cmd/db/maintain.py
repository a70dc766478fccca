"""``maintain``: what the database needs every day, as the maintenance timer runs it.

The environment may say how: ``STATEMACHINE_KEEP_DAYS``, ``STATEMACHINE_BACKUPS``, ``STATEMACHINE_BACKUP_DIR``. A step
that fails doesn't keep the others from being done.
"""

from __future__ import annotations

import os

from statemachine_cmd.db.border import complain
from statemachine_cmd.db.parser import Option
from statemachine_cmd.db.prune import counted
from statemachine_internal.errors import EX_REFUSED, StateMachineError, UsageError
from statemachine_internal.service.printable import printable
from statemachine_internal.store import maintenance
from statemachine_internal.store.connection import NoDatabase, connect
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db maintain --keep-days 30"

KEEP_DAYS, BACKUPS, BACKUP_DIR = "STATEMACHINE_KEEP_DAYS", "STATEMACHINE_BACKUPS", "STATEMACHINE_BACKUP_DIR"
DEFAULT_DAYS, DEFAULT_BACKUPS = 90, 7
MOST = 36525  # days of a hundred years


def add_arguments(parser: Parser) -> None:
    for option in (
        Option(
            "--keep-days",
            f"delete what is older than so many days; 0: nothing (default: {DEFAULT_DAYS}, or as the environment says)",
            metavar="N",
            convert=_number,
        ),
        Option(
            "--backups",
            f"keep so many of its backups; 0: make none (default: {DEFAULT_BACKUPS}, or as the environment says)",
            metavar="N",
            convert=_number,
        ),
        Option(
            "--backup-dir",
            "where they are (default: as the environment says, or the folder 'backups' beside the database)",
            metavar="DIR",
        ),
    ):
        parser.add(option)


def run(given: Given) -> int:
    path = database_path()
    try:
        connect(path, readonly=True).close()
    except NoDatabase as error:
        complain(str(error))
        return 0
    steps = {"prune": _prune, "optimize": _optimize, "backup": _back_up, "checkpoint": _checkpoint}
    failed = sum(not _done(name, step, path, given) for name, step in steps.items())
    return EX_REFUSED if failed else 0


def _done(name: str, step: Callable[[str, Given], str], path: str, given: Given) -> bool:
    try:
        print(printable(f"{name}: {step(path, given)}"), flush=True)
    except StateMachineError as error:
        complain(f"{name}: {error}")
        return False
    return True


def _prune(path: str, given: Given) -> str:
    days = _setting(given.keep_days, KEEP_DAYS, DEFAULT_DAYS)
    if days == 0:
        return "nothing, all is kept"
    return f"deleted {counted(*maintenance.prune(path, days))} older than {days} days"


def _optimize(path: str, _: Given) -> str:
    maintenance.optimize(path)
    return "done"


def _back_up(path: str, given: Given) -> str:
    kept = _setting(given.backups, BACKUPS, DEFAULT_BACKUPS)
    if kept == 0:
        return "none, as the settings say"
    folder = given.backup_dir or os.environ.get(BACKUP_DIR) or os.path.join(os.path.dirname(path), "backups")
    made, removed = maintenance.rotate(path, folder, kept)
    return made + (f"; removed {', '.join(removed)}" if removed else "")


def _checkpoint(path: str, _: Given) -> str:
    left = maintenance.checkpoint(path)
    return "the WAL is empty" if left == 0 else f"{left} bytes stay in the WAL, others are at work on them"


def _setting(given: int | None, name: str, default: int) -> int:
    if given is not None:
        return given
    text = os.environ.get(name)
    if not text:
        return default
    try:
        return _number(text)
    except ValueError as wrong:
        raise UsageError(f"{name} is '{text[:40]}'; use {wrong}") from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= MOST):
        raise ValueError(f"a whole number from 0 to {MOST}")
    return int(text)
