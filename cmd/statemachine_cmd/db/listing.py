"""Printing rows, as a table or as JSON, and what a listing says when there is no database yet."""

from __future__ import annotations

import sys
import time

from statemachine_cmd.db import table, times
from statemachine_cmd.db.arguments import terminal_width
from statemachine_cmd.db.border import complain
from statemachine_internal.service.printable import printable
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.listing import Listing
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from statemachine_cmd.db.parser import Given

    Row = dict[str, Any]

# Columns of stored times, and of JSON texts, wherever they appear.
TIMES = frozenset(
    (
        "created", "processed", "not_before", "oldest_pending", "oldest_job_pending", "next_due", "started",
        "last_activity", "last_commit",
    )
)  # fmt: skip
TEXTS_OF_JSON = frozenset({"payload", "context", "waits_for"})


def fetched(query: Callable[[Any, int], list[Row]], limit: int, reader: Callable[[str], Any] = Listing) -> list[Row]:
    """Run a query with its limit; no database yet gives no rows, and a note. ``reader`` opens the database."""
    try:
        with reader(database_path()) as listing:
            rows = query(listing, limit + 1)
    except NoDatabase as error:
        complain(str(error))
        return []
    if len(rows) > limit:
        del rows[limit:]
        if terminal_width(1):
            complain(f"there are more than these {limit}; --limit shows more")
    return rows


def show(given: Given, rows: list[Row], headings: Sequence[tuple[str, str]], *, free: frozenset[str]) -> None:
    """Print rows in the format that was asked for.

    Args:
        given: the arguments; ``format`` counts.
        rows: column to value, as stored.
        headings: the table's columns: heading, and key in the row.
        free: keys of free text, which may be cut where a terminal is too narrow.
    """
    if given.format == "json":
        print_json([as_json(row) for row in rows])
        return
    for line in lines(rows, headings, free=free, width=terminal_width(1)):
        print(line)


def lines(
    rows: list[Row], headings: Sequence[tuple[str, str]], *, free: frozenset[str], width: int | None
) -> list[str]:
    """The lines of a table of rows."""
    cells = [[cell(key, row.get(key)) for _, key in headings] for row in rows]
    return table.render(
        [heading.upper() for heading, _ in headings],
        cells,
        free={i for i, (_, key) in enumerate(headings) if key in free},
        right={
            i
            for i, (_, key) in enumerate(headings)
            if any(type(row.get(key)) is int for row in rows) and key not in TIMES
        },
        width=width,
    )


def cell(key: str, value: object) -> str:
    """A value as one line of text without control characters."""
    if value is None:
        return ""
    if key in TIMES and isinstance(value, int):
        return times.short(value)
    return printable(str(value))


def as_json(row: Row) -> Row:
    """A row with its times in ISO form and its JSON texts as values."""
    import json

    shown = dict(row)
    for key, value in row.items():
        if value is None:
            continue
        if key in TIMES:
            shown[key] = times.iso(value)
        elif key in TEXTS_OF_JSON:
            try:
                shown[key] = json.loads(value)
            except ValueError:
                shown[key] = value  # "check" names it; here it is shown as it stands
    return shown


def print_json(value: object) -> None:
    """JSON, indented; characters that could do harm on a terminal, or that it can't show, as escapes."""
    import json

    stream = sys.stdout
    readable = stream is not None and stream.encoding.lower().replace("-", "") == "utf8"
    text = json.dumps(value, indent=2, ensure_ascii=not readable)
    print("\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n")))


def now() -> int:
    """The present, as stored."""
    return time.time_ns() // 1000


def since(hours: float | None) -> int:
    """The stored time that was so many hours ago; 0 for no limit."""
    return 0 if hours is None else now() - int(hours * 3600 * times.SECOND)


def _escaped(line: str) -> str:
    import json

    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
