"""What every program makes of its standard streams, and of the terminal that reads its help."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

from statemachine_cmd.db import COMMANDS
from support.workspace import Workspace
from unit.docs.generated import SCRIPTS

DEFINITION = "initial_state: grün\ntransitions: [{from: grün, to: rot, event: timeout(60)}]\n"
CALLS = [
    "statemachine m.yaml --fresh --initial-context 1",
    "statemachine-db status",
    "statemachine-diagrams m.yaml",
    "statemachine-diagrams m.yaml --format dot",
    "statemachine-events --after 0 --duration 0",
    "statemachine-system --no-monitor missing.yaml",
    "statemachine-ui --port 1x",
    "statemachine-validate m.yaml",
    "statemachine-validate m.yaml --format json",
]
ASCII_ONLY = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def shell(workspace: Workspace, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line whose first word is one of our programs."""
    program, _, rest = line.partition(" ")
    module = SCRIPTS[program].partition(":")[0]
    command = f"exec {shlex.quote(sys.executable)} -m {module} {rest}"
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=workspace.path,
        env=workspace.env | environment,
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        timeout=60,
        check=False,
    )


@pytest.mark.req("B1")
@pytest.mark.parametrize(
    "line", [f"{program} {flag}" for program in sorted(SCRIPTS) for flag in ("--help", "--version")]
)
def test_no_room_for_the_output_is_one_line_and_exit_status_1(workspace: Workspace, line: str) -> None:
    done = shell(workspace, f"{line} > /dev/full")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert "No space left on device" in done.stderr


@pytest.mark.req("B1")
@pytest.mark.parametrize("line", CALLS)
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_as_good_as_dev_null(workspace: Workspace, line: str, closed: str) -> None:
    workspace.write("m.yaml", DEFINITION)
    usual = shell(workspace, f"{line} < /dev/null > /dev/null 2> /dev/null")
    done = shell(workspace, f"{line} {closed}")
    assert done.returncode == usual.returncode
    assert "Traceback" not in done.stderr


@pytest.mark.req("I3")
def test_events_are_followed_in_a_locale_that_lacks_their_letters(workspace: Workspace) -> None:
    workspace.write("m.yaml", "initial_state: rot\ntransitions: [{from: grün, to: rot, event: x}]\nfinal: [rot]\n")
    assert shell(workspace, "statemachine m.yaml").returncode == 0
    payload = """'{"message": "grün", "level": "info"}'"""
    shell(workspace, f"statemachine-db send-event --target ui --type activity_log --payload {payload}")
    done = shell(workspace, "statemachine-events --after 0 --duration 0.5", **ASCII_ONLY)
    assert done.returncode == 0, done.stderr
    assert "gr\\xfcn" in done.stdout


@pytest.mark.req("B1")
def test_a_definition_may_have_a_name_that_is_no_text(workspace: Workspace) -> None:
    path = os.path.join(os.fsencode(workspace.path), b"t\xfcr.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("initial_state: rot\ntransitions: [{from: grün, to: rot, event: x}]\nfinal: [rot]\n")
    done = shell(workspace, "statemachine t*.yaml --machine-name door")
    assert done.returncode == 0, done.stderr


@pytest.mark.req("B1")
@pytest.mark.parametrize("program", [*sorted(SCRIPTS), *(f"statemachine-db {command}" for command in COMMANDS)])
def test_the_help_fits_80_columns_and_has_an_example(workspace: Workspace, program: str) -> None:
    done = shell(workspace, f"{program} --help")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    assert "example:" in done.stdout
