"""The processes of the demonstration, and the line that shows how far it has come."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
KILL_EVERY = (0.25, 0.6)  # seconds, at random
LIMIT_SECONDS = 180


@dataclass(kw_only=True)
class Crew:
    """Machines, each in a process of its own, and how often each was killed."""

    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)

    def start(self, name: str) -> None:
        """Start a machine; its log goes to a file, as it would go to the journal."""
        config = HERE / f"{name.split('-', maxsplit=1)[0]}.yaml"
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = program(
                "statemachine", str(config), "--machine-name", name, cwd=self.folder, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """Kill a machine in the middle of whatever it does, and start it again."""
        self.processes[name].kill()
        self.processes[name].wait()
        self.kills[name] += 1
        self.start(name)

    def stop(self) -> None:
        """End them all in order."""
        end(*self.processes.values())


def program(name: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start one of the product's programs, from where this one was started."""
    command = [sys.executable, "-m", f"statemachine_cmd.{name}", *arguments]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)


def end(*processes: subprocess.Popen[bytes]) -> None:
    """End processes in order, and wait for them; who doesn't heed that is killed."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def database(*arguments: str) -> str:
    """What statemachine-db says."""
    command = [sys.executable, "-m", "statemachine_cmd.database", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout or done.stderr


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


def report(rows: dict[str, str]) -> None:
    """Print an outcome, a row a line."""
    width = max(map(len, rows))
    print()
    for name, value in rows.items():
        print(f"  {name:<{width}}  {value}")


def verdict(good: bool, praise: str) -> int:
    """Say what an outcome means; returns the exit code."""
    print("\n" + (praise if good else "This is a fault of the engine: please report it."), flush=True)
    return 0 if good else 1
