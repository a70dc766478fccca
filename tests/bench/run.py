"""``make bench``: every number of the architecture's budgets, against a floor taken in the same run."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bench import commands, job_start, jobs, relay, rest, shell, transitions, watchers
from bench.table import Row, markdown

PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "transitions": transitions.measure,
    "relay": relay.measure,
    "jobs": jobs.measure,
    "job_start": job_start.measure,
    "shell": shell.measure,
    "commands": commands.measure,
    "rest": rest.measure,
    "watchers": watchers.measure,
}


def main() -> int:
    """Measure and print; a missed budget is told, and is no failure: the machine may be a busy one."""
    parser = argparse.ArgumentParser(description="Measure against a floor taken in the same run.")
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help="default: all")
    chosen = parser.parse_args().part or list(PARTS)
    rows: list[Row] = []
    for part in chosen:
        if sys.stderr.isatty():
            print(f"measuring {part} ...", file=sys.stderr)
        rows += PARTS[part]()
    print(markdown(rows))
    print(f"\n{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
