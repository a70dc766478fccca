"""A full disk: who sends is told, nothing is half stored, and the machine goes on when there is room again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crash.stage import Stage

DEFINITION = """\
name: counter
initial_state: idle
events: {count: {}, load: {context_map: {bulk: payload.text}}}
transitions:
  - from: [idle, loaded, late]
    event: count
    actions: [{type: add_to_list, list: seen, value: "{event_data.payload.n}"}]
  - {from: idle, event: load, to: loaded}
  - {from: loaded, event: timeout(0.5), to: late}
"""
PROGRAM = Path(__file__).with_name("full_disk.py")
UNSHARE = ("unshare", "-m", "--propagation", "private")


def can_mount() -> bool:
    """Whether a mount of our own can be made, which only root can."""
    if os.geteuid() != 0:
        return False
    probe = [*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.mark.req("P1")
@pytest.mark.req("P3")
def test_a_full_disk_refuses_loses_nothing_and_stops_nobody(stage: Stage) -> None:
    if not can_mount():
        pytest.skip("a file system of its own needs root, and a kernel that lets it mount")
    stage.write("counter.yaml", DEFINITION)
    path = os.pathsep.join([stage.workspace.env["PYTHONPATH"], str(PROGRAM.parents[1])])
    played = subprocess.run(
        [*UNSHARE, sys.executable, str(PROGRAM), str(stage.folder)],
        env=stage.workspace.env | {"PYTHONPATH": path},
        capture_output=True,
        encoding="utf-8",
        timeout=150,
        check=False,
    )
    assert played.returncode == 0, played.stderr
    seen = json.loads(played.stdout)
    assert seen["before"] == "accepted"
    code, line = seen["refusal"]
    assert code == "store_full"
    assert "no room" in line
    assert len(line.splitlines()) == 1
    assert seen["stored"][0] == "store_full", seen["stored"]
    assert seen["alive"]
    assert seen["turns"] == "few"
    # What was accepted is there, what was refused is not.
    assert seen["rows"] == seen["sent"]
    assert seen["after"] == "accepted"
    assert seen["seen"] == [*seen["sent"], 2000]
    assert seen["words"].count("no room") == 1  # said once, not once a try
    # To stop it needs no room: what it could not store is that it was stopped in order.
    assert seen["code"] in (0, 1)
    assert seen["code"] == 0 or "no room" in seen["last words"]
    assert seen["state"] == "late"
    assert seen["check"].startswith("ok")
