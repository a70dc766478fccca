"""What every job of a peer does, so that all do the same: it says that it ran, with one write.

Imported by the peers' own interpreters too: it needs nothing but the standard library.
"""

from __future__ import annotations

import functools
import os
import signal
import time
from pathlib import Path

DEADLY = -1
"""The number of the job that kills its process the first time."""
GATE_SECONDS = 15.0


def mark(folder: str, number: int) -> None:
    """The job. One with a number below ``DEADLY`` waits until each worker has one of these: all have come up then."""
    if number < DEADLY:
        _wait_at_gate(folder)
        return
    if number == DEADLY and not os.path.exists(died := f"{folder}/died"):
        Path(died).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    os.write(_file(f"{folder}/marks"), b"%d %d\n" % (number, time.monotonic_ns()))


def _wait_at_gate(folder: str) -> None:
    workers = int(Path(f"{folder}/workers").read_text(encoding="ascii"))
    gate = _file(f"{folder}/gate")
    os.write(gate, b".")
    deadline = time.monotonic() + GATE_SECONDS
    while os.fstat(gate).st_size < workers and time.monotonic() < deadline:
        time.sleep(0.001)


@functools.cache
def _file(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
