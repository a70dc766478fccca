"""``wake``: ring at machines that don't run and that something waits for."""

from __future__ import annotations

import os

from statemachine_cmd.db import listing
from statemachine_cmd.db.border import complain
from statemachine_cmd.db.parser import NEVER, Option
from statemachine_internal.control.addresses import check_machine_name, control_path
from statemachine_internal.control.doorbell import ring
from statemachine_internal.errors import EX_REFUSED, StateMachineError
from statemachine_internal.runtime.lock import is_alive
from statemachine_internal.service.printable import printable
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.waiting import Waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db wake"


def add_arguments(parser: Parser) -> None:
    for option in (
        Option("machine", "this machine, whether or not something waits for it", metavar="M"),
        Option(
            "--print-next",
            "print nothing but when the next event or timer of a machine that doesn't run is due, in seconds since "
            "1970, if there is one; all else goes to standard error",
            value=NEVER,
        ),
        Option("--format", "how to print it (default: text)", choices=("text", "json"), default="text"),
    ):
        parser.add(option)


def run(given: Given) -> int:
    if given.machine is not None:
        check_machine_name(given.machine)
    found, next_due = _looked(given.machine, given.print_next)
    # The database is closed by now: whoever is woken may write at once.
    rung = [_rung(name, path, why) for name, path, why in found]
    _say(given, rung)
    if next_due is not None:
        print(f"{next_due // 1_000_000}.{next_due % 1_000_000:06}")
    return EX_REFUSED if given.machine is not None and not rung[0]["woken"] else 0


def _looked(machine: str | None, print_next: bool) -> tuple[list[tuple[str, str | None, str | None]], int | None]:
    """Whom to ring at, where if it is a place of its own, and why; and when the next is due."""
    now = listing.now()
    try:
        with Waiting(database_path()) as waiting:
            found: list[tuple[str, str | None, str | None]] = (
                [(machine, waiting.control_path(machine), None)]
                if machine is not None
                else [row for row in waiting.due(now) if not _lives(row[0])]
            )
            following = waiting.next_due(now) if print_next else []
    except NoDatabase as error:
        complain(str(error))
        return ([] if machine is None else [(machine, None, None)]), None
    return found, next((due for name, due in following if not _lives(name)), None)


def _lives(name: str) -> bool:
    try:
        return is_alive(name)
    except StateMachineError:  # no machine can be called so
        return False


def _rung(name: str, path: str | None, why: str | None) -> dict[str, Any]:
    problem = None
    try:
        path = path or control_path(name)
        if not ring(path):
            problem = f"nobody listens at {path}" if os.path.exists(path) else f"no socket at {path}"
    except StateMachineError as error:
        problem = str(error)
    return {"machine": name, "woken": problem is None, "waiting": why, "socket": path, "problem": problem}


def _say(given: Given, rung: list[dict[str, Any]]) -> None:
    if given.format == "json" and not given.print_next:
        listing.print_json(rung)
        return
    for one in rung:
        why = f": {one['waiting']}" if one["waiting"] else ""
        if not one["woken"]:
            complain(f"can't wake {one['machine']}{why}; {one['problem']}")
        elif given.print_next:
            complain(f"woke {one['machine']}{why}")
        else:
            print(printable(f"woke {one['machine']}{why}"))
