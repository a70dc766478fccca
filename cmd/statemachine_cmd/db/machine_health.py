"""``machine-health``: whether all is well, one line a machine; the exit status says it too."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing, table
from statemachine_cmd.db.border import complain
from statemachine_cmd.db.machine_status import lives
from statemachine_cmd.db.parser import Option
from statemachine_internal.errors import EX_REFUSED, StateMachineError
from statemachine_internal.service.printable import printable
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.job_listing import JobListing
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.waiting import Waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.listing import Row
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db machine-health"

OK, NOT_RUNNING, FAILING, PAUSED = "ok", "not running", "failing", "paused"


class NoSuchMachine(StateMachineError):
    """No machine of this name has run here, and nothing waits for one."""

    code = "no_such_machine"


def add_arguments(parser: Parser) -> None:
    parser.add(arguments.machine_option())
    text = "at most so many machines, those that aren't well first (default: all)"
    parser.add(Option("--limit", text, metavar="N", convert=arguments.at_least_one))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    path, now = database_path(), listing.now()
    try:
        with JobListing(path) as database:
            rows = database.health(given.machine)
        with Waiting(path) as waiting:
            due = {name: why for name, _, why in waiting.due(now)}
    except NoDatabase as error:
        complain(str(error))
        rows, due = [], {}
    known = {row["machine"] for row in rows}
    told = [_told(row, due.get(row["machine"])) for row in rows]
    told += [
        _line(name, NOT_RUNNING, f"it has never run here, and something waits for it: {why}", alive=False)
        for name, why in due.items()
        if name not in known and given.machine in (None, name)
    ]
    if given.machine is not None and not told:
        raise NoSuchMachine(f"no machine '{given.machine}' has run here; see: statemachine-db machine-state")
    shown = sorted(told, key=lambda one: one["health"] == OK)[: given.limit] if given.limit else told
    if given.format == "json":
        listing.print_json(shown)
    else:
        width = arguments.terminal_width(1)
        for one in shown:
            text = printable(f"{one['machine']}: {one['health']}{': ' + one['reason'] if one['reason'] else ''}")
            print(text if width is None else table.cut(text, width))
    return 0 if all(one["health"] == OK for one in told) else EX_REFUSED


def _told(row: Row, waits: str | None) -> Row:
    """The health of a machine that has run."""
    name, alive = row["machine"], lives(row["machine"])
    error = str(row["error"]).partition("\n")[0] if row["error"] else None
    if row["status"] == "paused":
        return _line(name, PAUSED, f"resume it with: statemachine-db resume {name}", alive=alive)
    if row["status"] == "failed" or row["failures"]:
        return _line(name, FAILING, error, alive=alive)
    work = ", ".join(filter(None, [waits, f"job {row['job']}" if row["job"] else None]))
    if not alive and work:
        return _line(name, NOT_RUNNING, f"and something waits for it: {work}", alive=alive)
    if alive:
        return _line(name, OK, f"{row['status']}, {waits}" if waits else row["status"], alive=alive)
    return _line(name, OK, row["status"] if row["status"] == "finished" else "not running, nothing waits", alive=alive)


def _line(machine: str, health: str, reason: str | None, *, alive: bool) -> Row:
    return {"machine": machine, "health": health, "reason": reason, "alive": alive}
