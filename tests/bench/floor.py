"""The floor: what bare apsw does with the same three writes, on the same disk, in the same minute."""

from __future__ import annotations

import os
import time
from pathlib import Path

from statemachine_internal.store.connection import connect
from statemachine_internal.store.queries import Queries

MACHINE, INBOX, FEED = Queries("machine"), Queries("inbox"), Queries("feed")


class BareCommits:
    """A database of our own schema, written to with nothing around it."""

    def __init__(self, folder: Path) -> None:
        self._connection = connect(str(folder / "floor.db"))
        self._cursor = self._connection.cursor()
        at = time.time_ns() // 1000
        self._cursor.execute(
            MACHINE.create, ("floor", "off", 1, "", 0, 0, 0, "{}", "digest", "floor", None, 1, "boot", None, at, at)
        )

    def commit(self, events: int) -> float:
        """One commit of ``events`` times state, history and event; returns its seconds."""
        execute = self._cursor.execute
        started = time.perf_counter()
        execute("BEGIN IMMEDIATE")
        for _ in range(events):
            at = time.time_ns() // 1000
            uid = os.urandom(16).hex()
            execute(INBOX.accept, (uid, "bench", "floor", "flip", None, "{}", "processed", 0, 0, 1, at, at, None))
            execute(FEED.append, ("floor", "state_change", '{"from":"off","to":"on","event":"flip","entry":1}', 1, at))
            execute(MACHINE.save, ("on", "waiting", 1, "off|flip|on#0", 0, 0, 0, 0, 0, None, "{}", at, "floor", 1))
        execute("COMMIT")
        return time.perf_counter() - started

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()
