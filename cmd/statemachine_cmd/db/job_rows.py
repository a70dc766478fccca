"""Fetching and printing rows of jobs: as ``listing`` does it, with the columns that only jobs have."""

from __future__ import annotations

from statemachine_cmd.db import listing, times
from statemachine_internal.store.job_listing import JobListing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statemachine_cmd.db.listing import Row
    from statemachine_cmd.db.parser import Given

TIMES = ("run_after", "finished", "job_started")


def fetched(query: Callable[[JobListing, int], list[Row]], limit: int) -> list[Row]:
    """Run a query of the jobs with its limit; see ``listing.fetched``."""
    return listing.fetched(query, limit, JobListing)


def show(given: Given, rows: list[Row], headings: Sequence[tuple[str, str]], *, free: frozenset[str]) -> None:
    """Print rows in the format that was asked for; see ``listing.show``."""
    told = as_json if given.format == "json" else _for_a_table
    listing.show(given, [told(row) for row in rows], headings, free=free)


def as_json(row: Row) -> Row:
    """The columns that only jobs have, as JSON says them."""
    shown = row | {key: times.iso(row[key]) for key in TIMES if row.get(key) is not None}
    if row.get("result") is not None:
        import json

        try:
            shown["result"] = json.loads(row["result"])
        except ValueError:
            shown["result"] = row["result"]  # "check" names it; here it is shown as it stands
    return shown


def _for_a_table(row: Row) -> Row:
    shown = row | {key: times.short(row[key]) for key in TIMES if row.get(key) is not None}
    if row.get("error"):
        shown["error"] = str(row["error"]).partition("\n")[0]
    if row.get("progress") is not None:
        shown["progress"] = f"{row['progress']:.0f} %"
    return shown
