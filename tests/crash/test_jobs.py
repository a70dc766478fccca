"""Workers that are killed while they work off a queue: every job is done, by one machine at a time."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path

import pytest

from crash.rows import Rows
from statemachine_internal.jobs import queue
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import Running, Workspace

JOBS = 2000
WORKERS = 8
KILLS = 100
LIMIT = 150.0  # seconds; it takes a tenth of that
# Chance may kill a worker three times at one action, which would be given up as poison; retries allow it as many.
WORKER = """
name: worker
initial_state: waiting
transitions:
  - {from: waiting, to: working, event: new_job}
  - {from: working, to: waiting, event: job_done}
actions:
  waiting: [{type: check_database_queue, job_type: count}]
  working:
    - type: bash
      command: "echo {job_id} {id} {machine_name} {action_key} >> done.txt"
      retry: {max: 100}
"""
# None of them changes what a machine does.
PAYLOADS = (
    "{}",
    json.dumps({"text": "x" * 100_000}),
    json.dumps(
        {
            "command": "touch taken-over",
            "id": "another",
            "job_id": "another",
            "current_job": {"id": "another", "payload": {"command": "touch taken-over"}},
            "machine_name": "another",
            "action_key": "another:1:0",
            "type": "other",
        }
    ),
    json.dumps({"$(touch taken-over)": "'; touch taken-over; '"}),
)


@pytest.mark.req("P5")
@pytest.mark.req("P6")
@pytest.mark.req("F1")
@pytest.mark.req("F3")
def test_jobs_survive_their_workers_and_each_is_done_by_one_at_a_time(workspace: Workspace) -> None:
    began = time.monotonic()
    jobs = {f"job-{number}": PAYLOADS[_kind(number)] for number in range(JOBS)}
    killed = _work_off(workspace, jobs)
    assert workspace.run("statemachine-db", "check").returncode == 0
    listed = json.loads(workspace.run("statemachine-db", "list", "--limit", str(JOBS), "--format", "json").stdout)
    assert {(row["status"], row["attempts"]) for row in listed} == {("completed", 1)}
    claims = _claims(Rows(str(workspace.database)))
    assert claims.keys() == jobs.keys(), "each job was claimed once, and completed once by the machine that had it"
    assert not (workspace.path / "taken-over").exists()
    lines: dict[str, list[str]] = defaultdict(list)
    for line in (workspace.path / "done.txt").read_text().splitlines():
        job, again, machine, key = line.split()
        assert (again, machine, key.rpartition(":")[0].rpartition(":")[0]) == (job, claims[job][0], machine)
        lines[job].append(key)
    assert lines.keys() == jobs.keys()
    for job, keys in lines.items():
        assert len(set(keys)) == 1, "all tries of a job's action share one key"
        machine, start, end = claims[job]
        deaths = sum(start <= death <= end for death in killed[machine])
        assert len(keys) - 1 <= deaths, "an action is done again only where its machine was killed meanwhile"
    repeats = sum(len(keys) - 1 for keys in lines.values())
    kills = sum(map(len, killed.values()))
    assert kills == KILLS
    took = time.monotonic() - began
    print(f"\n{JOBS} jobs, {WORKERS} workers, {kills} kills, {repeats} actions done again, {took:.1f} s")


def _kind(number: int) -> int:
    """Every tenth job has a payload that means ill, and every hundredth a large one."""
    if number % 100 == 50:
        return 1
    return 2 + number // 10 % 2 if number % 10 == 0 else 0


def _work_off(workspace: Workspace, jobs: dict[str, str]) -> dict[str, list[int]]:
    """Let workers do it all, some of them killed at random again and again; returns when each machine died."""
    chance = random.Random(7)
    config = workspace.write("worker.yaml", WORKER)
    store = SqliteStore(str(workspace.database))
    with store.transaction():
        for id, payload in jobs.items():
            queue.add(store, NewJob(id=id, type="count", payload=payload), _now(), lambda _: None)
    start = partial(workspace.start, "statemachine", config, "--machine-name")
    workers = {name: start(name) for name in (f"worker-{number}" for number in range(WORKERS))}
    killed: dict[str, list[int]] = {name: [] for name in workers}
    done = workspace.path / "done.txt"
    deadline = time.monotonic() + LIMIT
    for kill in range(KILLS):
        _until_larger(done, (kill + 1) * JOBS // (KILLS + 10), workers, deadline)
        name = chance.choice(sorted(workers))
        workers[name].kill()
        killed[name].append(_now())
        workers[name] = start(name)
    busy = "SELECT machine_name, current_state, attempts FROM machine_state WHERE waits_for IS NULL"
    while rows := store._execute(busy).fetchall():  # none, once all is done
        assert ("working", 0) not in {row[1:] for row in rows}, f"an action has failed: {rows}"
        _look(workers, deadline)
    store.close()
    for worker in workers.values():
        assert worker.stop() == 0, worker.stderr()
    return killed


def _until_larger(done: Path, lines: int, workers: dict[str, Running], deadline: float) -> None:
    """Wait until so many actions have been done."""
    while not done.exists() or done.read_bytes().count(b"\n") < lines:
        _look(workers, deadline)


def _look(workers: dict[str, Running], deadline: float) -> None:
    for worker in workers.values():
        assert worker.process.poll() is None, worker.stderr()
        assert time.monotonic() < deadline, worker.stderr()
    time.sleep(0.01)


def _claims(rows: Rows) -> dict[str, tuple[str, int, int]]:
    """Of each job that one machine claimed and completed, once each: the machine, and when it did."""
    found: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for machine, type, job, at in rows.ask(
        "SELECT machine_name, event_type, payload ->> '$.job_id', created FROM realtime_events"
        " WHERE event_type IN ('job_started', 'job_completed', 'job_failed') ORDER BY id"
    ):
        found[job].append((machine, type, at))
    claims = {}
    for job, said in found.items():
        assert Counter(type for _, type, _ in said) == {"job_started": 1, "job_completed": 1}, (job, said)
        (machine, _, start), (other, _, end) = said
        assert machine == other, (job, said)
        claims[job] = (machine, start, end)
    return claims


def _now() -> int:
    return time.time_ns() // 1000
