"""``make bench-peers``: other queues at the same work as ours, with what each of them promises for it.

A job writes one line, and nothing else. The jobs are there before the workers are started, and the first of them wait
until all workers are up, so that no start-up is in the rate, which is the median of the rounds; the queues take turns.
Then a job kills its worker with -9, which is started again.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bench.peers import postgres
from bench.peers.contenders import PEERS, PYTHON, Contender, Ours, Peer
from bench.peers.marks import DEADLY
from support.workspace import Workspace

JOBS = 500
ROUNDS = 3
NO_MORE_ROUNDS = 100.0  # seconds, after which none is begun
WORKERS = (1, 4)
LIMIT = 20.0  # seconds for the jobs of one measurement
PATIENCE = 8.0  # seconds for a job to be done again
COLUMNS = ("queue", "1 worker", "4 workers", "a job killed with -9 is", "durable", "claimed", "kept")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What came of the jobs: how many a second, and how many were done twice, or not in time."""

    rate: float
    twice: int
    left: int


def main() -> int:
    """Measure what is installed, and say what isn't."""
    print(_line(COLUMNS))
    print("|" + "---|" * len(COLUMNS))
    left_out = [why for contender in PEERS if (why := _missing(contender))]
    contenders: list[Contender] = [Ours(), *(contender for contender in PEERS if not _missing(contender))]
    began = time.monotonic()
    rounds: list[dict[tuple[str, int], Measured]] = []
    while len(rounds) < ROUNDS and (not rounds or time.monotonic() - began < NO_MORE_ROUNDS):
        rounds.append({(each.version(), count): _measure(each, count) for each in contenders for count in WORKERS})
    for contender in contenders:
        name, said = contender.version(), contender.promises
        rates = [_told([each[name, count] for each in rounds]) for count in WORKERS]
        print(_line((name, *rates, _killed(contender), said.durable, said.claim, said.kept)), flush=True)
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"\n{JOBS} jobs that do nothing, {len(rounds)} rounds; {where}")
    print(*left_out, sep="\n", end="\n" if left_out else "")
    return 0


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _told(rounds: list[Measured]) -> str:
    words = [f"{statistics.median(each.rate for each in rounds):,.0f}/s"]
    if twice := sum(each.twice for each in rounds):
        words.append(f"{twice} done twice")
    if left := sum(each.left for each in rounds):
        words.append(f"{left} not done within {LIMIT:.0f} s")
    return ", ".join(words)


def _missing(contender: Contender) -> str | None:
    """Why it can't be measured here."""
    if not isinstance(contender, Peer):
        return None
    try:
        contender.version()
    except (OSError, subprocess.CalledProcessError):
        return f"left out: {contender.program} does not run in {PYTHON.parents[1].name}; what it needs isn't installed"
    if contender.on_postgres and postgres.programs() is None:
        return f"left out: {contender.version()} needs PostgreSQL; apt-get install postgresql"
    return None


def _measure(contender: Contender, workers: int) -> Measured:
    with contender.place() as place:
        (place.path / "workers").write_text(str(workers), encoding="ascii")
        contender.add(place, DEADLY - workers, workers)
        contender.add(place, 0, JOBS)
        with _workers(contender, place, workers):
            _until(lambda: len(_marks(place)) >= JOBS, LIMIT)
            marks = _marks(place)
        times = sorted(at for _, at in marks)
        counted = Counter(number for number, _ in marks)
        return Measured(
            rate=(len(times) - 1) / (times[-1] - times[0]) * 1e9 if len(times) > 1 else 0.0,
            twice=sum(count > 1 for count in counted.values()),
            left=JOBS - len(counted),
        )


def _killed(contender: Contender) -> str:
    """What becomes of a job whose worker was killed, when that is started again."""
    with contender.place() as place:
        contender.add(place, DEADLY, 1)
        with _workers(contender, place, 1) as (process,):
            if not _until(lambda: process.poll() is not None, LIMIT):
                return "did not start in time"
        began = time.monotonic()
        with _workers(contender, place, 1):
            again = _until(lambda: bool(_marks(place)), PATIENCE)
        if again:
            return f"done again {time.monotonic() - began:.1f} s after the restart: {contender.promises.killed}"
        return f"not done again within {PATIENCE:.0f} s of the restart: {contender.promises.killed}"


@contextmanager
def _workers(contender: Contender, place: Workspace, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    processes = [contender.worker(place, f"worker-{number}") for number in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _marks(place: Workspace) -> list[tuple[int, int]]:
    """What was done so far: the job's number, and when, in nanoseconds."""
    path = place.path / "marks"
    if not path.exists():
        return []
    lines = path.read_text(encoding="ascii").splitlines()
    return [(int(number), int(at)) for number, at in (line.split() for line in lines)]


def _until(done: Callable[[], bool], limit: float) -> bool:
    deadline = time.monotonic() + limit
    while not (found := done()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


if __name__ == "__main__":
    sys.exit(main())
