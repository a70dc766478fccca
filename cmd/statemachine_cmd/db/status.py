"""``status``: the database as a whole."""

from __future__ import annotations

from statemachine_cmd.db import arguments, listing, times
from statemachine_cmd.db.border import complain
from statemachine_internal.service.printable import printable
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.listing import Listing
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.listing import Row
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db status"


def add_arguments(parser: Parser) -> None:
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    path, now = database_path(), listing.now()
    try:
        with Listing(path) as database:
            found = database.status(now)
    except NoDatabase as error:
        complain(str(error))
        if given.format == "json":
            listing.print_json({"database": path, "exists": False})
        return 0
    if given.format == "json":
        listing.print_json(listing.as_json({"database": path, "exists": True} | found))
        return 0
    for heading, text in (
        ("database", path),
        ("size", f"{_size(found['size'])}, and {_size(found['wal_size'])} not yet merged (WAL)"),
        ("schema", str(found["schema_version"])),
        ("machines", _counts(found["machines"])),
        ("events", _counts(found["events"])),
        ("oldest pending", _moment(found["oldest_pending"], now)),
        ("jobs", _counts(found["jobs"])),
        ("oldest job", _oldest(found, now)),
        ("feed rows", str(found["feed_rows"])),
        ("last commit", _moment(found["last_commit"], now)),
    ):
        print(f"{heading:<14}  {printable(text)}")
    return 0


def _counts(counts: dict[str, int]) -> str:
    if not counts:
        return "none"
    return f"{sum(counts.values())}: " + ", ".join(f"{count} {status}" for status, count in counts.items())


def _moment(stored: int | None, now: int) -> str:
    return "none" if stored is None else f"{times.short(stored)} ({times.age(stored, now)} ago)"


def _oldest(found: Row, now: int) -> str:
    since = found["oldest_job_pending"]
    return "none is pending" if since is None else f"{found['oldest_job']}, pending since {_moment(since, now)}"


def _size(size: int) -> str:
    number = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"
