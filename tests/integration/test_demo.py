"""``make demo``: a small one, and one that is interrupted."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from support.workspace import ROOT

pytestmark = pytest.mark.req("J4")

MACHINES = ("first", "second", "third")


def test_it_loses_nothing_and_its_monitor_misses_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="sm-") as folder:
        demo = start(folder, "--events", "60", "--jobs", "12")
        told, errors = demo.communicate(timeout=120)
        assert (demo.returncode, errors) == (0, ""), told
        assert re.match(r"Look at http://127\.0\.0\.1:\d+/ in a browser", told)
        for promise in ("Nothing lost, nothing doubled.", "Every job is done.", "The monitor missed nothing."):
            assert promise in told
        assert re.search(r"right +12 results", told)
        assert os.listdir(folder) == []
        assert is_gone(demo.pid)


@pytest.mark.parametrize("whom", ["group", "demo"])
def test_an_interrupt_ends_it_in_one_line_and_leaves_nothing(whom: str) -> None:
    with tempfile.TemporaryDirectory(prefix="sm-") as folder:  # a short path, since the sockets stand below it
        demo = start(folder)
        wait_for_logs(Path(folder), demo)
        (os.killpg if whom == "group" else os.kill)(demo.pid, signal.SIGINT)
        _, errors = demo.communicate(timeout=60)
        assert (demo.returncode, errors) == (130, "interrupted: the machines are stopped, nothing was checked\n")
        assert os.listdir(folder) == []
        assert is_gone(demo.pid)


def start(folder: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "examples" / "demo" / "demo.py"), *arguments],
        env={**os.environ, "TMPDIR": folder, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group of its own, which Ctrl+C would reach
    )


def is_gone(group: int) -> bool:
    """Whether nothing of the group runs any more; what has ended is taken away by init, in its own time."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def wait_for_logs(folder: Path, demo: subprocess.Popen[str]) -> None:
    """Until all three machines were started, and the first of them has something in its log."""
    for _ in range(600):
        logs = [log for name in MACHINES for log in folder.glob(f"sm-demo-*/{name}.log")]
        if demo.poll() is not None or (len(logs) == len(MACHINES) and any(log.stat().st_size for log in logs)):
            return
        time.sleep(0.05)
