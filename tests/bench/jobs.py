"""The queue: claim and complete with 1 to 8 processes, against a bare queue that does the same in one commit a job."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.bare_queue import TYPE, BareQueue
from bench.rig import p50
from bench.table import Row
from bench.workers import AWAITING, INSTANT, Round, Workers, add_jobs, check_jobs
from statemachine_internal.runtime.program import JOBS_PER_COMMIT
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import open_workspace

PROCESSES = (1, 2, 4, 8)
JUDGED = 4  # the number of processes that the budget is about
ROUNDS = 5
JOBS = 1000  # a round
WORST_BUDGET_MS = 50.0
KINDS = {
    "one commit a job": AWAITING,
    f"instant actions, up to {JOBS_PER_COMMIT} jobs a commit": INSTANT,
}


def measure() -> Iterator[Row]:
    """Floor and machines take turns. No job may be claimed twice or left: that ends the run with a failure."""
    for processes in PROCESSES:
        bare, ours = _rounds(processes)
        for kind, rounds in ours.items():
            yield _row(processes, kind, bare, rounds)
            if processes == JUDGED:
                yield _worst_row(processes, kind, bare, rounds)


def _rounds(processes: int) -> tuple[list[Round], dict[str, list[Round]]]:
    with open_workspace() as place, open_workspace() as other:
        floor = BareQueue(path=place.path / "floor.db")
        floor.start(place, processes)
        store = SqliteStore(str(floor.path))
        kinds = {}
        for (kind, action), workspace in zip(KINDS.items(), (place, other), strict=True):
            kinds[kind] = Workers(workspace=workspace, type=TYPE)
            kinds[kind].start(processes, action)
        bare: list[Round] = []
        ours: dict[str, list[Round]] = {kind: [] for kind in kinds}
        for number in range(ROUNDS):
            bare.append(_bare_round(floor, store, number * JOBS))
            for kind, workers in kinds.items():
                ours[kind].append(workers.run(number * JOBS, JOBS))
        floor.stop()
        store.close()
        for workers in kinds.values():
            workers.stop()
    return bare, ours


def _bare_round(floor: BareQueue, store: SqliteStore, first: int) -> Round:
    add_jobs(store, TYPE, first, JOBS)
    began = time.time_ns() // 1000
    commits = floor.run()
    return Round(rate=JOBS / (check_jobs(store, first, JOBS) - began) * 1e6, commits=commits)


def _row(processes: int, kind: str, bare: list[Round], ours: list[Round]) -> Row:
    """The ratio is the median of those of the rounds, each of which has its own weather."""
    word = "process" if processes == 1 else "processes"
    return Row(
        what=f"jobs, {processes} {word}, {kind}",
        measured=_told(ours),
        floor=_told(bare),
        ratio=p50([mine.rate / floor.rate for mine, floor in zip(ours, bare, strict=True)]),
        at_least=0.8 if processes == JUDGED else None,
    )


def _worst_row(processes: int, kind: str, bare: list[Round], ours: list[Round]) -> Row:
    worst = max(_commits(ours)) * 1000
    return Row(
        what=f"jobs, {processes} processes, {kind}: worst case",
        measured=f"{worst:.1f} ms",
        floor=f"{max(_commits(bare)) * 1000:.1f} ms; budget {WORST_BUDGET_MS:.0f} ms",
        ratio=worst / WORST_BUDGET_MS,
        at_most=1.0,
    )


def _told(rounds: list[Round]) -> str:
    commits = sorted(_commits(rounds))
    p99 = commits[int(len(commits) * 0.99)]
    times = ", ".join(
        f"{name} {value * 1000:.1f}" for name, value in (("p50", p50(commits)), ("p99", p99), ("worst", commits[-1]))
    )
    return f"{p50([each.rate for each in rounds]):,.0f}/s; commit {times} ms"


def _commits(rounds: list[Round]) -> list[float]:
    return [seconds for each in rounds for seconds in each.commits]
