"""What must hold between the rows of a database, whatever crashed: the rules of the architecture, read from its rows.

Each invariant is a statement in ``queries/check.sql`` that gives the rows that break it, and here the sentence that
says so. All of them see one snapshot, so that machines may go on meanwhile.
SQLite's integrity check is among them; it leaves out the tables' CHECKs where it reads only, so they are stated here.
"""

from __future__ import annotations

import apsw

from statemachine_internal.store.connection import connect, translated
from statemachine_internal.store.queries import Queries

# Name of the statement, and its message with the row's values.
INVARIANTS = (
    ("event_payload_malformed", "the payload of event {} (to {}) is not JSON"),
    ("feed_payload_malformed", "the payload of feed row {} (of {}) is not JSON"),
    ("context_malformed", "the context of machine {} is not JSON"),
    ("waits_for_malformed", "what machine {} waits for is not JSON"),
    ("event_status_unknown", "event {} (to {}) has the status {}, which there is not"),
    ("machine_status_unknown", "machine {} has the status {}, which there is not"),
    ("event_settled_without_time", "event {} (to {}) is {}, and has no time of it"),
    ("event_open_with_time", "event {} (to {}) is {}, and has a time of processing"),
    ("event_uid_twice", "the uid {} belongs to {} events"),
    ("event_processed_without_trace", "event {} (to {}) is processed, and no feed row shows what it did"),
    ("event_open_with_trace", "event {} (to {}) is {}, and feed row {} shows that it was taken"),
    ("event_applied_twice", "event {} brought {} changes of state (machine {})"),
    ("cursor_beyond_list", "machine {} is at action {} of a list from {} to {}"),
    ("finished_with_work", "machine {} is finished, and at action {} of {}, waiting for {}"),
    ("entry_out_of_order", "machine {}: feed row {} is of entry {}, after entry {}"),
    ("state_not_as_in_history", "machine {} is in {} (entry {}), and its last change of state led to {} (entry {})"),
    ("timer_of_nobody", "timer {} belongs to machine {}, which there is not"),
    ("timer_of_finished", "timer {} belongs to machine {}, which is finished"),
)

JOB_INVARIANTS = (
    ("job_text_malformed", "the payload or the result of job {} is not JSON"),
    ("job_status_unknown", "job {} has the status {}, which there is not"),
    ("job_of_nobody", "job {} is worked on by machine {}, which there is not"),
    ("job_idle_with_machine", "job {} is {}, and belongs to machine {}"),
    ("job_never_claimed", "job {} is worked on, and was never claimed"),
    ("job_finished_without_time", "job {} is {}, and has no time of it"),
    ("job_open_with_time", "job {} is {}, and has a time of its end"),
    ("job_failed_without_error", "job {} is failed, and has no error"),
    ("job_key_twice", "the unique key {} belongs to {} open jobs"),
)

COUNTED = ("machines", "events", "feed_rows", "timers", "jobs")

CHECK = Queries("check")


def check(path: str, limit: int) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Verify the database at ``path``, read-only.

    Args:
        path: the database.
        limit: how many complaints of one kind to give.

    Returns:
        How many rows of what there are, and the complaints: the invariant's name and a sentence.

    Raises:
        NoDatabase: there is none yet.
        StoreError: it can't be read.
    """
    connection = connect(path, readonly=True)
    try:
        execute = connection.cursor().execute
        execute("BEGIN")
        complaints = [("integrity", text) for (text,) in execute(f"PRAGMA integrity_check({limit})") if text != "ok"]
        complaints += [
            ("foreign_key", f"row {row or '(key)'} of {child} points to a row of {parent} that there is not")
            for child, row, parent, _ in execute("PRAGMA foreign_key_check").fetchall()[:limit]
        ]
        for name, message in (*INVARIANTS, *JOB_INVARIANTS):
            complaints += [(name, message.format(*row)) for row in execute(getattr(CHECK, name), (limit,))]
        (counts,) = execute(CHECK.counts).fetchall()
    except apsw.Error as error:
        raise translated(error, path) from error
    finally:
        connection.close()
    return dict(zip(COUNTED, map(int, counts), strict=True)), complaints  # type: ignore[arg-type]
