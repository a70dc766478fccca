"""Events pass down a line of three machines, which are killed meanwhile."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from pathlib import Path

from processes import KILL_EVERY, LIMIT_SECONDS, Crew, Progress, database, report, verdict

MACHINES = ("first", "second", "third")
SENDS_PER_SECOND = 120


def run(folder: Path, events: int, chance: random.Random) -> int:
    """Send, kill, wait, count; returns the exit code."""
    print(
        f"{len(MACHINES)} machines pass {events:,} events down a line, and each is killed with -9 at random meanwhile:"
    )
    print("  you -> first -> second -> third", flush=True)
    started = time.monotonic()
    line = Crew(folder=folder)
    try:
        for name in MACHINES:
            line.start(name)
        stored = send_and_kill(line, events, chance)
        seconds = time.monotonic() - started
    finally:
        line.stop()
    return outcome(line, events, stored, seconds)


def send_and_kill(line: Crew, events: int, chance: random.Random) -> int:
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


def outcome(line: Crew, events: int, stored: int, seconds: float) -> int:
    """Print what came of it; returns the exit code."""
    numbers = arrivals()
    times = Counter(numbers)
    lost = [number for number in range(1, events + 1) if number not in times]
    doubled = [number for number, count in times.items() if count > 1]
    in_order = numbers == sorted(numbers)
    check = database("check").strip()
    killed = ", ".join(f"{name} {line.kills[name]}" for name in MACHINES)
    report(
        {
            "sent": f"{events:,} ({stored:,} of them while the first machine was down)",
            "applied": f"{len(times):,}",
            "lost": f"{len(lost):,}",
            "doubled": f"{len(doubled):,}",
            "in order": "yes" if in_order else "no",
            "killed": f"{sum(line.kills.values())} times ({killed})",
            "time": f"{seconds:.1f} s",
            "database": check,
        }
    )
    return verdict(not lost and not doubled and in_order and check.startswith("ok"), "Nothing lost, nothing doubled.")
