"""``pause``, ``resume`` and ``reset`` from the shell."""

from __future__ import annotations

import json

import pytest

from support.watch import Watch
from support.workspace import Workspace

TEXT = "initial_state: a\ntransitions: [{from: a, to: b, event: go}, {from: b, to: c, event: go}]\n"


def said(workspace: Workspace, *command: str) -> str:
    done = workspace.run("statemachine-db", *command)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def state(workspace: Workspace) -> tuple[str, str]:
    (row,) = json.loads(said(workspace, "machine-state", "--format", "json"))
    return row["state"], row["status"]


@pytest.mark.req("G7")
def test_a_machine_is_paused_and_goes_on_and_starts_over_while_it_runs(workspace: Workspace) -> None:
    workspace.write("m.yaml", TEXT)
    with Watch(workspace) as watch:
        running = workspace.start("statemachine", "m.yaml")
        watch.started("m", running)
        assert said(workspace, "pause", "m") == "machine m is paused; it goes on with: statemachine-db resume m\n"
        assert said(workspace, "pause", "m").startswith("machine m is paused already; ")
        said(workspace, "send-event", "--target", "m", "--type", "go")
        assert state(workspace) == ("a", "paused")
        assert said(workspace, "resume", "m") == "machine m goes on\n"
        said(workspace, "send-event", "--target", "m", "--type", "go", "--wait")
        assert state(workspace) == ("c", "waiting")
        assert said(workspace, "resume", "m") == "machine m was not paused\n"
        assert said(workspace, "reset", "m", "--force").startswith("machine m starts over now; ")
        assert state(workspace)[0] == "a"
        assert running.stop() == 0
    words = running.stderr()
    assert [text in words for text in ("paused in a", "goes on in a", "stopped in c: reset")] == [True] * 3


@pytest.mark.req("G7")
@pytest.mark.parametrize("command", ["pause", "resume", "reset"])
def test_an_unknown_machine_is_refused_in_one_line(workspace: Workspace, command: str) -> None:
    workspace.run("statemachine-db", "send-event", "--target", "other", "--type", "go")
    done = workspace.run("statemachine-db", command, "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "statemachine-db: no machine 'nobody' has run here; see: statemachine-db machine-state\n"
