"""statemachine-db as a shell calls it, with what its answers must look like."""

from __future__ import annotations

import json
import shlex
import subprocess

from support.workspace import Workspace


def run(workspace: Workspace, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command, whatever comes of it."""
    return workspace.run("statemachine-db", *shlex.split(command))


def said(workspace: Workspace, command: str) -> str:
    """What a command printed; it was done without a remark."""
    done = run(workspace, command)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def refused(workspace: Workspace, command: str, status: int = 1) -> str:
    """The one line of a command that was refused."""
    done = run(workspace, command)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", 1), done
    return done.stderr


def rows(workspace: Workspace, command: str) -> list[dict[str, object]]:
    """The rows of a listing."""
    found: list[dict[str, object]] = json.loads(run(workspace, f"{command} --format json").stdout)
    return found


def checked(workspace: Workspace) -> None:
    """The database is sound."""
    assert said(workspace, "check").startswith("ok: ")
