"""P9: a machine at rest makes no system call at all."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from crash.stage import Stage
from statemachine_internal.runtime.lock import lock_path

WINDOW = 10.0  # seconds
DEFINITION = """\
name: idler
initial_state: idle
events: [count]
transitions:
  - {from: idle, event: count, actions: [{type: add_to_list, list: seen, value: "{event_data.payload.n}"}]}
  - {from: idle, event: timeout(3600), to: late}
"""
CALL = re.compile(r"^\d+\s+(\d+\.\d+) (\w+)\(")


def calls(trace: Path) -> list[tuple[float, str]]:
    """When which system call began."""
    found = [CALL.match(line) for line in trace.read_text(errors="replace").splitlines()]
    return [(float(match[1]), match[2]) for match in found if match is not None]


@pytest.mark.req("P9")
@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here")
def test_an_idle_machine_is_never_woken(stage: Stage) -> None:
    stage.write("idler.yaml", DEFINITION)
    trace = stage.folder / "trace"
    life = stage.live("idler", wrapper=("strace", "-f", "-ttt", "-o", str(trace)))
    life.ready()
    stage.send("idler", "count", '{"n": 1}')
    stage.until_rest("idler")
    # The window opens when the machine last went to sleep, and it is strace, not a clock, that says what was in it.
    with pytest.raises(subprocess.TimeoutExpired):
        life.process.wait(WINDOW + 1)
    seen = calls(trace)
    last, name = seen[-1]
    assert name.startswith("epoll_"), f"it sleeps in {name}"
    # Had it been woken, the call that it slept in would have returned, and another one would stand behind it.
    pid = int(Path(lock_path("idler")).read_text())
    stage.send("idler", "count", '{"n": 2}')
    stage.until(lambda: stage.rows.context("idler")["seen"] == [1, 2], "it wakes for an event")
    after = next(moment for moment, _ in calls(trace)[len(seen) :])
    assert after - last >= WINDOW
    os.kill(pid, signal.SIGTERM)  # strace ends with it
    assert life.end() == 0
