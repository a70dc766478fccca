"""From the event that one machine takes to the transition that its own event makes in another."""

from __future__ import annotations

import time
from collections.abc import Iterator

import apsw

from bench.floor import BareCommits
from bench.rig import Follower, connect, drive, p50, place, start
from bench.table import Row
from statemachine_internal.store.connection import connect as open_database
from statemachine_internal.store.queries import Queries

COUNT = 300
LAST = Queries("feed").last_id
FIRST = """
name: first
initial_state: here
transitions:
  - from: here
    event: pass
    actions:
      - {type: send_event, target_machine: second, event_type: pass, payload: "{event_data.payload}"}
"""
SECOND = """
name: second
initial_state: here
transitions:
  - {from: here, event: pass}
"""


def measure() -> Iterator[Row]:
    """One event at a time, from its sending until a reader of the database sees the second machine's transition."""
    with place() as workspace:
        floor = BareCommits(workspace.path)
        machines = [start(workspace, "first", FIRST), start(workspace, "second", SECOND)]
        database = open_database(str(workspace.database), readonly=True)
        taken: list[float] = []
        bare: list[float] = []
        with connect(workspace, "first") as connection, Follower("bench") as follower:
            drive(connection, 20, 1, "pass")
            done = _last(database)
            for _ in range(COUNT):
                bare.append(floor.commit(1))
                started = time.perf_counter()
                drive(connection, 1, 1, "pass")
                done += 2
                while _last(database) < done:
                    follower.wait(1.0)
                taken.append(time.perf_counter() - started)
        database.close()
        for machine in machines:
            machine.stop()
        floor.close()
    commit, relay = p50(bare), p50(taken)
    yield Row(
        what="machine to machine relay, event to event",
        measured=f"p50 {relay * 1e6:.0f} µs",
        floor=f"commit p50 {commit * 1e6:.0f} µs",
        ratio=relay / commit,
        at_most=3.0,
    )


def _last(database: apsw.Connection) -> int:
    """The newest row of the feed: each event makes one in either machine."""
    last: int = database.cursor().execute(LAST).fetchall()[0][0]  # type: ignore[assignment]
    return last
