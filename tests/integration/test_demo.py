"""``make demo``, interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from support.workspace import ROOT

pytestmark = pytest.mark.req("J4")


@pytest.mark.parametrize("whom", ["group", "demo"])
def test_an_interrupt_ends_it_in_one_line_and_leaves_nothing(whom: str) -> None:
    with tempfile.TemporaryDirectory(prefix="sm-") as folder:  # a short path, since the sockets stand below it
        demo = subprocess.Popen(
            [sys.executable, str(ROOT / "examples" / "demo" / "demo.py")],
            env={**os.environ, "TMPDIR": folder, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a group of its own, which Ctrl+C would reach
        )
        wait_for_logs(Path(folder), demo)
        (os.killpg if whom == "group" else os.kill)(demo.pid, signal.SIGINT)
        _, errors = demo.communicate(timeout=60)
        assert (demo.returncode, errors) == (130, "interrupted: the machines are stopped, nothing was checked\n")
        assert os.listdir(folder) == []
        with pytest.raises(ProcessLookupError):
            os.killpg(demo.pid, 0)


def wait_for_logs(folder: Path, demo: subprocess.Popen[str]) -> None:
    """Until all three machines were started, and the first of them has something in its log."""
    for _ in range(600):
        logs = list(folder.glob("sm-demo-*/*.log"))
        if demo.poll() is not None or (len(logs) == 3 and any(log.stat().st_size for log in logs)):
            return
        time.sleep(0.05)
