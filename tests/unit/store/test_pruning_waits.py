"""Nobody waits long for a prune."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest

from statemachine_internal.store import pruning
from statemachine_internal.store.connection import connect
from statemachine_internal.store.pruning import Pruning

MANY = 20_000


@pytest.mark.req("G7")
@pytest.mark.req("P11")
def test_the_write_lock_is_free_again_and_again(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    connection = connect(path)
    execute = connection.cursor().execute
    execute("BEGIN")
    execute(
        """INSERT INTO machine_events (uid, source, target, type, payload, status, not_before, created, processed)
           WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
           SELECT hex(randomblob(16)), 'cli', 'w', 'go', '{}', 'ignored', 0, 1, 1 FROM n""",
        (MANY,),
    )
    execute("COMMIT")
    writer = connect(path, busy_limit=0)
    left = [MANY]

    def write(seconds: float) -> None:
        """Between two transactions: somebody else can write at once, and has time to."""
        assert seconds >= pruning.PAUSE
        writer.cursor().execute("BEGIN IMMEDIATE; COMMIT")
        left.append(int(str(execute("SELECT count(*) FROM machine_events").fetchall()[0][0])))

    with Pruning(path, 10, pause=write) as under_test:
        began = time.monotonic()
        assert under_test.delete() == (MANY, 0)
        assert time.monotonic() - began < 60
    steps = [before - after for before, after in pairwise(left)]
    assert max(steps) <= pruning.MOST_ROWS
    assert len(steps) >= MANY // pruning.MOST_ROWS
    connection.close()
    writer.close()
