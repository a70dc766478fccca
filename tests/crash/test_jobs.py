"""Workers that are killed while they work off a queue: every job is done, by one machine at a time."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter

import pytest

from statemachine_internal.jobs import queue
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import Running, Workspace

JOBS = 400
WORKERS = 4
KILLS = 40
WORKER = """
name: worker
initial_state: waiting
transitions:
  - {from: waiting, to: working, event: new_job}
  - {from: working, to: waiting, event: job_done}
actions:
  waiting: [{type: check_database_queue, job_type: count}]
  working: [{type: bash, command: "echo {job_id} {action_key} >> done.txt"}]
"""


@pytest.mark.req("P5")
@pytest.mark.req("F3")
def test_jobs_survive_their_workers_and_each_is_done_by_one_at_a_time(workspace: Workspace) -> None:
    chance = random.Random(7)
    config = workspace.write("worker.yaml", WORKER)
    store = SqliteStore(str(workspace.database))
    with store.transaction():
        for number in range(JOBS):
            queue.add(store, NewJob(id=f"job-{number}", type="count"), time.time_ns() // 1000, _nobody)
    workers: dict[str, Running] = {}

    def start(name: str) -> None:
        workers[name] = workspace.start("statemachine", config, "--machine-name", name)

    for number in range(WORKERS):
        start(f"worker-{number}")
    kills = 0
    done = workspace.path / "done.txt"
    began = time.monotonic()
    while (open_jobs := _open(store)) and time.monotonic() - began < 90:
        size = done.stat().st_size if done.exists() else 0
        _until_more(done, size, workers)
        if kills < KILLS and open_jobs > WORKERS:
            name = chance.choice(sorted(workers))
            workers[name].kill()
            kills += 1
            start(name)
    store.close()
    assert workspace.run("statemachine-db", "check").returncode == 0
    listed = json.loads(workspace.run("statemachine-db", "list", "--limit", str(JOBS), "--format", "json").stdout)
    assert Counter(row["status"] for row in listed) == {"completed": JOBS}
    assert {row["attempts"] for row in listed} == {1}, "a worker that comes back goes on with its job"
    keys: dict[str, set[str]] = {}
    lines = Counter(done.read_text().split("\n")[:-1])
    for line in lines:
        job, key = line.split()
        keys.setdefault(job, set()).add(key)
    assert len(keys) == JOBS
    assert {len(found) for found in keys.values()} == {1}, "all tries of a job's action share one key"
    again = sum(lines.values()) - JOBS
    assert again <= kills, "an action is done again only where its machine was killed"
    print(f"{JOBS} jobs, {kills} kills, {again} actions done again, {time.monotonic() - began:.1f} s")
    for worker in workers.values():
        worker.stop()


def _open(store: SqliteStore) -> int:
    rows = store._execute("SELECT count(*) FROM jobs WHERE finished IS NULL").fetchall()
    count: int = rows[0][0]  # type: ignore[assignment]
    return count


def _until_more(done: os.PathLike[str], size: int, workers: dict[str, Running]) -> None:
    """Wait until some action has been done, or for a moment, when the last ones are at their ends."""
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        if os.path.exists(done) and os.stat(done).st_size > size + 200:
            return
        for worker in workers.values():
            assert worker.process.poll() is None, worker.stderr()
        time.sleep(0.02)


def _nobody(_machine: str) -> None:
    """Nobody waits yet."""
