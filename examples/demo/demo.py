"""Three machines pass 1,000 events down a line while each is killed with -9; at the end nothing is missing.

    you ──baton──► first ──baton──► second ──baton──► third

Then four workers work off 200 jobs from the queue, and are killed as well. A monitor shows all of it
in the browser, and a follower at the monitor counts what that told.

Everything happens in a scratch folder, which is removed at the end. Exit code 0: nothing was lost, doubled or missed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jobs
import relay
from processes import Progress
from watcher import watched


def main() -> int:
    """Run the demonstration; returns its exit code."""
    arguments = argparse.ArgumentParser(description="Machines at work, which are killed meanwhile.")
    arguments.add_argument("--events", type=int, default=1000, metavar="N", help="how many to send (default: 1000)")
    arguments.add_argument("--jobs", type=int, default=200, metavar="N", help="how many to work off (default: 200)")
    arguments.add_argument("--seed", type=int, default=None, metavar="N", help="repeat the same kills")
    given = arguments.parse_args()
    try:
        with scratch() as folder:
            return show(folder, given.events, given.jobs, random.Random(given.seed))
    except KeyboardInterrupt:
        Progress().clear()
        print("interrupted: the machines are stopped, nothing was checked", file=sys.stderr)
        return 130


def show(folder: Path, events: int, wanted: int, chance: random.Random) -> int:
    """Both parts, and what was seen of them; returns the exit code."""
    with watched(folder) as watcher:
        print(f"Look at {watcher.url} in a browser: the monitor shows what follows, as long as this runs.\n")
        code = relay.run(folder, events, chance) or jobs.run(folder, wanted, chance)
        if code:
            return code
        print("\nA follower at the monitor was told of it all, from the first change to the last:")
        return watcher.outcome()


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


if __name__ == "__main__":
    sys.exit(main())
