"""Real machines that work off a queue, and what their rows say of it."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.rig import start, wait_for
from statemachine_internal.control.doorbell import ring
from statemachine_internal.jobs import queue
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import Running, Workspace

LIMIT = 60.0  # seconds until a round has failed
WORKER = """
name: worker
initial_state: waiting
transitions:
  - {{from: waiting, to: done, event: new_job}}
  - {{from: done, to: waiting, event: again}}
actions:
  waiting: [{{type: check_database_queue, job_type: {type}}}]
  done: [{action}]
"""
INSTANT = "{type: emit, event: again}"
"""The whole loop is instant: a commit takes several jobs."""
AWAITING = "{type: nothing}"
"""A custom action that awaits, and does nothing: a commit completes one job and claims the next."""
NOTHING = """
from statemachine_engine.actions import BaseAction


class NothingAction(BaseAction):
    async def execute(self, context):
        return "again"
"""


@dataclass(frozen=True, kw_only=True)
class Round:
    """What a number of jobs took: ``rate`` jobs a second, and the seconds of each worker from commit to commit."""

    rate: float
    commits: list[float]


@dataclass(kw_only=True)
class Workers:
    """A number of machines of one definition, on a database of their own."""

    workspace: Workspace
    type: str
    machines: list[Running] = field(default_factory=list)

    def start(self, count: int, action: str) -> None:
        """Start them, and wait until each waits for a job."""
        self.workspace.write("actions/nothing_action.py", NOTHING)
        text = WORKER.format(type=self.type, action=action)
        self.machines = [start(self.workspace, f"worker-{number}", text) for number in range(count)]
        self.store = SqliteStore(str(self.workspace.database))
        for machine in self.machines:
            wait_for(lambda: self.waiting() == count, machine)

    def waiting(self) -> int:
        """How many of them wait for a job."""
        return int(_one(self.store, "SELECT count(*) FROM machine_state WHERE waits_for IS NOT NULL"))

    def run(self, first: int, count: int) -> Round:
        """Add jobs, wake the workers, and wait until all is done."""
        fed = int(_one(self.store, "SELECT coalesce(max(id), 0) FROM realtime_events"))
        rung = add_jobs(self.store, self.type, first, count)
        began = time.time_ns() // 1000
        for name in rung:
            ring(str(Path(self.workspace.runtime_dir) / "control" / f"{name}.sock"))
        deadline = time.monotonic() + LIMIT
        while self.waiting() < len(self.machines) or is_work_left(self.store):
            if time.monotonic() > deadline or any(machine.process.poll() is not None for machine in self.machines):
                raise SystemExit(f"bench: jobs were left: {self.machines[0].stderr()[-2000:]}")
            time.sleep(0.01)
        ended = check_jobs(self.store, first, count)
        return Round(rate=count / (ended - began) * 1e6, commits=self._commits(fed, first, count))

    def stop(self) -> None:
        """End them in order."""
        for machine in self.machines:
            machine.stop()
        self.store.close()

    def _commits(self, fed: int, first: int, count: int) -> list[float]:
        """From commit to commit of each worker; refuses what was claimed or completed twice."""
        sql = (
            "SELECT machine_name, event_type, payload ->> '$.job_id', created FROM realtime_events"
            " WHERE id > ? AND event_type IN ('job_started', 'job_completed') ORDER BY id"
        )
        last: dict[object, int] = {}
        seen: Counter[tuple[object, object]] = Counter()
        commits: list[float] = []
        for machine, type, job, created in self.store._execute(sql, (fed,)).fetchall():
            assert isinstance(created, int)
            seen[type, job] += 1
            if (before := last.get(machine)) is not None and before != created:
                commits.append((created - before) / 1e6)
            last[machine] = created
        if set(seen.values()) != {1} or len(seen) != 2 * count:
            raise SystemExit(f"bench: of the jobs from {first} on, some were claimed or completed twice, or never")
        return commits


def add_jobs(store: SqliteStore, type: str, first: int, count: int) -> list[str]:
    """Add jobs in one commit; returns whom that rings."""
    rung: dict[str, None] = {}
    now = time.time_ns() // 1000
    with store.transaction():
        for number in range(first, first + count):
            queue.add(store, NewJob(id=f"job-{number}", type=type), now, rung.setdefault)
    return list(rung)


def is_work_left(store: SqliteStore) -> bool:
    """Whether a job is open."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM jobs WHERE status = 'pending')"
        " OR EXISTS (SELECT 1 FROM jobs WHERE status = 'processing')"
    )
    return bool(_one(store, sql))


def check_jobs(store: SqliteStore, first: int, count: int) -> int:
    """Refuse jobs that are not completed, or were claimed twice; returns when the last was done."""
    sql = (
        "SELECT count(*), min(attempts), max(attempts), max(finished) FROM jobs"
        " WHERE status = 'completed' AND substr(id, 5) + 0 >= ?"
    )
    found, least, most, ended = store._execute(sql, (first,)).fetchall()[0]
    if (found, least, most) != (count, 1, 1):
        raise SystemExit(f"bench: of {count} jobs {found} were completed, in {least} to {most} attempts")
    return int(ended)  # type: ignore[arg-type]


def _one(store: SqliteStore, sql: str) -> int:
    return store._execute(sql).fetchall()[0][0]  # type: ignore[return-value]
