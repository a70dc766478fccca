"""Completion in bash, by running bash."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from statemachine_cmd.db import COMMANDS
from statemachine_cmd.db.arguments import STATUSES
from statemachine_cmd.db.command import parser_of
from unit.docs.generated import SCRIPTS, Generated

ASK = """
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
read -ra how <<<"$(complete -p -- "$1")"
"${how[2]}" "$1" "${@: -1}" "${@: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(autouse=True)
def _bash() -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")


def completions(docs: Generated, runtime: Path, *words: str) -> set[str]:
    """What bash offers for the last of ``words``."""
    script = docs.completion("bash", words[0])
    env = os.environ | {"STATEMACHINE_RUNTIME_DIR": str(runtime)}
    argv = ["bash", "--norc", "-c", ASK, "ask", str(script), *words]
    done = subprocess.run(argv, env=env, cwd=runtime, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.req("J3")
@pytest.mark.parametrize("program", sorted(SCRIPTS))
def test_every_program_has_a_script_that_completes_its_options(docs: Generated, machines: Path, program: str) -> None:
    assert "--help" in completions(docs, machines, program, "--")


@pytest.mark.req("J3")
def test_bash_completes_the_commands(docs: Generated, machines: Path) -> None:
    assert completions(docs, machines, "statemachine-db", "") >= set(COMMANDS)
    assert completions(docs, machines, "statemachine-db", "process") == {"process-events"}


@pytest.mark.req("J3")
@pytest.mark.parametrize("command", COMMANDS)
def test_bash_completes_every_flag_of_a_command(docs: Generated, machines: Path, command: str) -> None:
    wanted = {option.name for option in parser_of(command).options} | {"--help"}
    assert completions(docs, machines, "statemachine-db", command, "--") == wanted


@pytest.mark.req("J3")
@pytest.mark.parametrize(
    "words",
    [
        ("statemachine-db", "machine-state", "--machine", ""),
        ("statemachine-db", "machine-state", "--machine", "=", ""),
        ("statemachine-db", "machine-state", "--machine", "="),
        ("statemachine-db", "process-events", ""),
        ("statemachine-db", "process-events", "--limit", "5", ""),
        ("statemachine-db", "process-events", "--limit", "=", "5", ""),
        ("statemachine-db", "process-events", "--", ""),
        ("statemachine", "--machine-name", ""),
    ],
)
def test_bash_completes_machines(docs: Generated, machines: Path, words: tuple[str, ...]) -> None:
    assert completions(docs, machines, *words) >= {"worker", "gate-1"}
    assert "gate-1" not in completions(docs, machines, *words[:-1], "w") or words[-1] == "="


@pytest.mark.req("J3")
def test_bash_completes_the_ui_as_a_target_too(docs: Generated, machines: Path) -> None:
    assert completions(docs, machines, "statemachine-db", "send-event", "--target", "") >= {"worker", "gate-1", "ui"}


@pytest.mark.req("J3")
def test_bash_completes_machines_of_definitions(docs: Generated, machines: Path, tmp_path: Path) -> None:
    definitions = tmp_path / "etc"
    definitions.mkdir()
    for name in ("mill.yaml", "not a machine.yaml", "README"):
        (definitions / name).touch()
    script = docs.completion("bash", "statemachine-db").read_text(encoding="utf-8")
    assert "/etc/statemachine/*.yaml" in script
    moved = Generated(tmp_path)
    moved.completion("bash", "").mkdir(parents=True)
    moved.completion("bash", "statemachine-db").write_text(
        script.replace("/etc/statemachine/", f"{definitions}/"), encoding="utf-8"
    )
    assert completions(moved, machines, "statemachine-db", "process-events", "") == {"worker", "gate-1", "mill"}


@pytest.mark.req("J3")
def test_bash_completes_choices(docs: Generated, machines: Path) -> None:
    ask = ("statemachine-db", "list-events", "--status")
    assert completions(docs, machines, *ask, "") == set(STATUSES)
    assert completions(docs, machines, *ask, "=", "pen") == {"pending"}
    assert completions(docs, machines, "statemachine-db", "list-events", "--status=pen") == {"--status=pending"}


@pytest.mark.req("J3")
def test_bash_completes_files_where_files_are_expected(docs: Generated, machines: Path) -> None:
    (machines / "door.yaml").touch()
    (machines / "notes.txt").touch()
    assert completions(docs, machines, "statemachine", "") == {"door.yaml", "control"}
    assert completions(docs, machines, "statemachine", "--actions-dir", "") == {"control"}
    assert completions(docs, machines, "statemachine", "--event-socket-path", "no") == {"notes.txt"}


@pytest.mark.req("J3")
def test_bash_offers_nothing_where_it_knows_nothing(docs: Generated, machines: Path) -> None:
    assert completions(docs, machines, "statemachine-db", "send-event", "--type", "") == set()
    assert completions(docs, machines, "statemachine-db", "process-events", "worker", "") == set()
    assert completions(docs, machines, "statemachine-db", "nonsense", "") == set()
    assert completions(docs, machines, "statemachine-db", "send-event", "--wait", "=", "") == set()


@pytest.mark.req("J3")
def test_an_option_whose_value_may_be_left_out_does_not_swallow_a_word(docs: Generated, machines: Path) -> None:
    assert "--type" in completions(docs, machines, "statemachine-db", "send-event", "--wait", "--t")


@pytest.mark.req("J3")
def test_shellcheck_has_nothing_to_say(docs: Generated) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    scripts = sorted(str(path) for path in docs.completion("bash", "").iterdir())
    done = subprocess.run(["shellcheck", "-s", "bash", *scripts], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""
