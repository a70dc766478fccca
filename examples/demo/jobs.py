"""Four workers work off a queue of jobs, and are killed meanwhile."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from processes import KILL_EVERY, LIMIT_SECONDS, Crew, Progress, database, report, verdict

WORKERS = ("worker-1", "worker-2", "worker-3", "worker-4")
FILE_SIZE = 65_536  # bytes


def run(folder: Path, jobs: int, chance: random.Random) -> int:
    """Fill the queue, let the workers at it, kill them now and then, count; returns the exit code."""
    print(
        f"\n{len(WORKERS)} workers work off {jobs:,} jobs from the queue: each takes the SHA-256 of a file of its own. "
        "They too are killed with -9 at random:",
        flush=True,
    )
    progress = Progress()
    digests: dict[str, str] = {}
    for number in range(1, jobs + 1):
        id, file = f"job-{number:03}", folder / f"file-{number:03}"
        content = chance.randbytes(FILE_SIZE)
        file.write_bytes(content)
        digests[id] = hashlib.sha256(content).hexdigest()
        database("add-job", id, "--type", "digest", "--payload", json.dumps({"file": str(file)}))
        progress.show(f"  added {number}")
    workers = Crew(folder=folder)
    began = time.monotonic()
    try:
        for name in WORKERS:
            workers.start(name)
        next_kill = began + 0.5
        while (done := len(completed())) < jobs and time.monotonic() - began < LIMIT_SECONDS:
            if time.monotonic() >= next_kill:
                workers.kill(chance.choice(WORKERS))
                next_kill = time.monotonic() + chance.uniform(*KILL_EVERY)
            progress.show(f"  done {done}  killed {sum(workers.kills.values())}  {time.monotonic() - began:.1f} s")
            time.sleep(0.05)
        seconds = time.monotonic() - began
    finally:
        workers.stop()
    progress.clear()
    return outcome(workers, jobs, digests, seconds)


def completed() -> list[dict[str, Any]]:
    """The completed jobs."""
    rows: list[dict[str, Any]] = json.loads(
        database("list", "--status", "completed", "--limit", "100000", "--format", "json")
    )
    return rows


def outcome(workers: Crew, jobs: int, digests: dict[str, str], seconds: float) -> int:
    """Compare what the jobs found with what Python finds, and print what came of it; returns the exit code."""
    attempts = Counter((workers.folder / "attempts").read_text(encoding="utf-8").split())
    again = sum(attempts.values()) - len(attempts)
    kills = sum(workers.kills.values())
    check = database("check").strip()
    found = {row["id"]: row["result"] for row in completed()}
    right = sum(found.get(id) == digest for id, digest in digests.items())
    report(
        {
            "added": f"{jobs:,}",
            "completed": f"{len(found):,}",
            "right": f"{right:,} results",
            "done again": f"{again} (a killed worker goes on with its job: its action may run twice)",
            "killed": f"{kills} times",
            "time": f"{seconds:.1f} s",
            "database": check,
        }
    )
    good = right == len(found) == jobs and again <= kills and check.startswith("ok")
    return verdict(good, "Every job is done.")
