"""Three machines pass 1,000 events down a line while each is killed with -9; at the end nothing is missing.

    you ──baton──► first ──baton──► second ──baton──► third

Then four workers work off 200 jobs from the queue, and are killed as well.

Everything happens in a scratch folder, which is removed at the end. Exit code 0: nothing was lost and nothing doubled.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
MACHINES = ("first", "second", "third")
KILL_EVERY = (0.25, 0.6)  # seconds, at random
SENDS_PER_SECOND = 120
LIMIT_SECONDS = 180
WORKERS = ("worker-1", "worker-2", "worker-3", "worker-4")


@dataclass(kw_only=True)
class Line:
    """The machines, each in a process of its own, and how often each was killed."""

    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)

    def start(self, name: str) -> None:
        """Start a machine; its log goes to a file, as it would go to the journal."""
        config = HERE / f"{name.split('-', maxsplit=1)[0]}.yaml"
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "statemachine_cmd.statemachine", str(config), "--machine-name", name],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """Kill a machine in the middle of whatever it does, and start it again."""
        self.processes[name].kill()
        self.processes[name].wait()
        self.kills[name] += 1
        self.start(name)

    def stop(self) -> None:
        """End them all in order."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Progress:
    """One line that is written over and over on a terminal; silence in a pipe."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()

    def show(self, text: str) -> None:
        """Put ``text`` in place of what stood there."""
        if self._live:
            print(f"\r\033[K{text}", end="", flush=True)

    def clear(self) -> None:
        """Leave the line empty."""
        self.show("")


def main() -> int:
    """Run the demonstration; returns its exit code."""
    arguments = argparse.ArgumentParser(description="Pass events down a line of machines that are killed meanwhile.")
    arguments.add_argument("--events", type=int, default=1000, metavar="N", help="how many to send (default: 1000)")
    arguments.add_argument("--jobs", type=int, default=200, metavar="N", help="how many to work off (default: 200)")
    arguments.add_argument("--seed", type=int, default=None, metavar="N", help="repeat the same kills")
    given = arguments.parse_args()
    try:
        with scratch() as folder:
            chance = random.Random(given.seed)
            return run(folder, given.events, chance) or run_jobs(folder, given.jobs, chance)
    except KeyboardInterrupt:
        Progress().clear()
        print("interrupted: the machines are stopped, nothing was checked", file=sys.stderr)
        return 130


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the database, the sockets and the logs; its path is short, since those of sockets must be."""
    folder = Path(tempfile.mkdtemp(prefix="sm-demo-"))
    os.environ["STATEMACHINE_DATABASE"] = str(folder / "statemachine.db")
    os.environ["STATEMACHINE_RUNTIME_DIR"] = str(folder / "run")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def run(folder: Path, events: int, chance: random.Random) -> int:
    """Send, kill, wait, count."""
    print(
        f"{len(MACHINES)} machines pass {events:,} events down a line, and each is killed with -9 at random meanwhile:"
    )
    print("  you -> first -> second -> third", flush=True)
    started = time.monotonic()
    line = Line(folder=folder)
    try:
        for name in MACHINES:
            line.start(name)
        stored = send_and_kill(line, events, chance)
        seconds = time.monotonic() - started
    finally:
        line.stop()
    return report(line, events, stored, seconds)


def send_and_kill(line: Line, events: int, chance: random.Random) -> int:
    """Send all events while killing; returns how many met a machine that was not there, and were stored for it."""
    from statemachine_engine.client import Client

    progress = Progress()
    client = Client(source="demo")
    began = time.monotonic()
    next_kill = began + 1.0
    sent = stored = arrived = 0
    while arrived < events:
        now = time.monotonic()
        if now - began > LIMIT_SECONDS:
            break
        if now >= next_kill and sent:
            line.kill(chance.choice(MACHINES))
            next_kill = time.monotonic() + chance.uniform(*KILL_EVERY)
        while sent < min(events, int((time.monotonic() - began) * SENDS_PER_SECOND)):
            sent += 1
            stored += not client.send("first", "baton", {"number": sent}).accepted
        arrived = len(arrivals())
        progress.show(f"  sent {sent:,}  arrived {arrived:,}  killed {sum(line.kills.values())}  {now - began:.1f} s")
        time.sleep(0.05)
    progress.clear()
    return stored


def arrivals() -> list[int]:
    """The numbers that the last machine has, in the order in which they came."""
    listing = database("machine-state", "--machine", "third", "--format", "json")
    rows = json.loads(listing)
    return rows[0]["context"].get("arrived", []) if rows else []


def database(*arguments: str) -> str:
    """What statemachine-db says."""
    done = subprocess.run(
        [sys.executable, "-m", "statemachine_cmd.database", *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout or done.stderr


def report(line: Line, events: int, stored: int, seconds: float) -> int:
    """Print what came of it; returns the exit code."""
    numbers = arrivals()
    times = Counter(numbers)
    lost = [number for number in range(1, events + 1) if number not in times]
    doubled = [number for number, count in times.items() if count > 1]
    in_order = numbers == sorted(numbers)
    check = database("check").strip()
    killed = ", ".join(f"{name} {line.kills[name]}" for name in MACHINES)
    rows = {
        "sent": f"{events:,} ({stored:,} of them while the first machine was down)",
        "applied": f"{len(times):,}",
        "lost": f"{len(lost):,}",
        "doubled": f"{len(doubled):,}",
        "in order": "yes" if in_order else "no",
        "killed": f"{sum(line.kills.values())} times ({killed})",
        "time": f"{seconds:.1f} s",
        "database": check,
    }
    print()
    for name, value in rows.items():
        print(f"  {name:<9} {value}")
    good = not lost and not doubled and in_order and check.startswith("ok")
    return verdict(good, "Nothing lost, nothing doubled.")


def verdict(good: bool, praise: str) -> int:
    """Say what all of this means; returns the exit code."""
    print("\n" + (praise if good else "This is a fault of the engine: please report it."))
    return 0 if good else 1


def run_jobs(folder: Path, jobs: int, chance: random.Random) -> int:
    """Fill the queue, let the workers at it, kill them now and then, count."""
    print(
        f"\n{len(WORKERS)} workers work off {jobs} jobs from the queue, and are killed with -9 at random meanwhile:",
        flush=True,
    )
    progress = Progress()
    for number in range(1, jobs + 1):
        database("add-job", f"job-{number:03}", "--type", "polish")
        progress.show(f"  added {number}")
    workers = Line(folder=folder)
    began = time.monotonic()
    try:
        for name in WORKERS:
            workers.start(name)
        next_kill = began + 0.5
        while (done := finished()) < jobs and time.monotonic() - began < LIMIT_SECONDS:
            if time.monotonic() >= next_kill:
                workers.kill(chance.choice(WORKERS))
                next_kill = time.monotonic() + chance.uniform(*KILL_EVERY)
            progress.show(f"  done {done}  killed {sum(workers.kills.values())}  {time.monotonic() - began:.1f} s")
            time.sleep(0.05)
        seconds = time.monotonic() - began
    finally:
        workers.stop()
    progress.clear()
    return report_jobs(workers, jobs, seconds)


def finished() -> int:
    """How many jobs are completed."""
    return len(json.loads(database("list", "--status", "completed", "--limit", "100000", "--format", "json")))


def report_jobs(workers: Line, jobs: int, seconds: float) -> int:
    """Print what came of the jobs; returns the exit code."""
    polished = Counter((workers.folder / "polished").read_text(encoding="utf-8").split())
    again = sum(polished.values()) - len(polished)
    kills = sum(workers.kills.values())
    check = database("check").strip()
    completed = finished()
    rows = {
        "added": f"{jobs}",
        "completed": f"{completed}",
        "done again": f"{again} (a killed worker goes on with its job: its action may run twice)",
        "killed": f"{kills} times",
        "time": f"{seconds:.1f} s",
        "database": check,
    }
    print()
    for name, value in rows.items():
        print(f"  {name:<10} {value}")
    good = completed == jobs == len(polished) and again <= kills and check.startswith("ok")
    return verdict(good, "Every job is done.")


if __name__ == "__main__":
    sys.exit(main())
