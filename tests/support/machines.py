"""Machines as processes in a workspace, and the definitions that many tests use."""

from __future__ import annotations

from pathlib import Path

from statemachine_internal.control.client import Connection
from statemachine_internal.control.envelope import encode_message
from statemachine_internal.feed.follow import Follower
from support.workspace import Running, Workspace

TOGGLE = """
name: toggle
initial_state: off
transitions:
  - {from: off, to: on, event: flip}
  - {from: on, to: off, event: flip}
  - {from: "*", event: note, actions: [{type: log, message: noted}]}
"""


def start_machine(workspace: Workspace, name: str, text: str = TOGGLE) -> Running:
    """Start a machine, and wait until it runs: until the feed has moved and its socket is there."""
    feed = workspace.runtime_dir / "feed"
    feed.mkdir(mode=0o700, exist_ok=True)
    path = workspace.write(f"{name}.yaml", text)
    with Follower("starting", str(feed)) as follower:
        running = workspace.start("statemachine", path, "--machine-name", name)
        while not control_socket(workspace, name).exists():
            assert running.process.poll() is None, running.stderr()
            follower.wait(0.1)
    return running


def control_socket(workspace: Workspace, name: str) -> Path:
    return workspace.runtime_dir / "control" / f"{name}.sock"


def flip(workspace: Workspace, name: str, times: int = 1, type: str = "flip") -> None:
    """Send events to a machine, and wait until it has committed them."""
    messages = [encode_message(type, {}, source="test") for _ in range(times)]
    with Connection(str(control_socket(workspace, name)), timeout=30.0) as connection:
        for reply in connection.exchange(messages):
            assert reply.ok, reply.error
