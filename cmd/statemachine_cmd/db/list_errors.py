"""``list-errors``: what needs a look: each failed job, and each machine's latest error.

All the errors that there were are in ``error-history``.
"""

from __future__ import annotations

from statemachine_cmd.db import arguments, job_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db list-errors --limit 10"

HEADINGS = (("created", "created"), ("kind", "kind"), ("name", "name"), ("times", "errors"), ("error", "error"))
FREE = frozenset({"name", "error"})


def add_arguments(parser: Parser) -> None:
    parser.add(arguments.limit_option("jobs and machines"))
    parser.add(arguments.format_option())


def run(given: Given) -> int:
    rows = job_rows.fetched(lambda database, limit: database.failures(limit=limit), given.limit)
    job_rows.show(given, rows, HEADINGS, free=FREE)
    return 0
