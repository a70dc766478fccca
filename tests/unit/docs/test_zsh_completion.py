"""Completion in zsh, by typing into one."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from statemachine_cmd.db import COMMANDS
from statemachine_cmd.db.arguments import STATUSES
from statemachine_cmd.db.command import parser_of
from unit.docs.generated import SCRIPTS, Generated

PATIENCE = 30.0
PRESS = b"\x18"
MARK = "line: "

# Everything that is offered goes into a file: compadd, which all completion ends in, tells what matched.
SETUP = """
PS1=
fpath=({folder} $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {{
    if [[ ${{@[1,(i)(-|--)]}} == *-(O|A|D)\\ * ]]; then
        builtin compadd "$@"
        return
    fi
    local -a offered
    builtin compadd -A offered "$@"
    print -rl -- $offered >>{out}
    builtin compadd "$@"
}}
press() {{
    local line
    for line in {lines}; do
        print -r -- "{mark}$line" >>{out}
        BUFFER=$line
        CURSOR=$#BUFFER
        zle complete-word
    done
    exit
}}
zle -N press
bindkey '^X' press
print -r -- REA''DY
"""


@pytest.fixture(autouse=True)
def _zsh() -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")


def completions(docs: Generated, runtime: Path, *lines: str) -> list[set[str]]:
    """What zsh offers at the end of each line."""
    out, setup = runtime / "offered", runtime / "setup"
    out.unlink(missing_ok=True)
    text = SETUP.format(
        folder=shlex.quote(str(docs.completion("zsh", ""))),
        out=shlex.quote(str(out)),
        lines=shlex.join(lines),
        mark=MARK,
    )
    setup.write_text(text, encoding="utf-8")
    typing(f"source {shlex.quote(str(setup))}\n".encode(), runtime)
    answers = out.read_text(encoding="utf-8").split(MARK)[1:]
    assert [answer.split("\n")[0] for answer in answers] == list(lines)
    return [set(answer.split("\n")[1:]) - {""} for answer in answers]


def typing(command: bytes, runtime: Path) -> None:
    """Start zsh, have it run ``command``, press the key when it is ready, and wait for its end."""
    leader, follower = pty.openpty()
    env = os.environ | {"STATEMACHINE_RUNTIME_DIR": str(runtime), "TERM": "dumb", "HOME": str(runtime)}
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        cwd=runtime,
        env=env,
        start_new_session=True,
    )
    os.close(follower)
    os.write(leader, command)
    seen, pressed, end = b"", False, time.monotonic() + PATIENCE
    try:
        while shell.poll() is None and time.monotonic() < end:
            if not select.select([leader], [], [], 0.05)[0]:
                continue
            try:
                seen += os.read(leader, 65536)
            except OSError:  # EIO: the shell has closed its end
                break
            if b"READY" in seen and not pressed:
                os.write(leader, PRESS)
                pressed = True
        assert shell.wait(PATIENCE) is not None
    finally:
        shell.kill()
        shell.wait()
        os.close(leader)
    assert pressed, seen


@pytest.mark.req("J3")
def test_every_program_has_a_script_that_completes_its_options(docs: Generated, machines: Path) -> None:
    offered = completions(docs, machines, *(f"{program} --" for program in SCRIPTS))
    assert [program for program, options in zip(SCRIPTS, offered, strict=True) if "--help" not in options] == []


@pytest.mark.req("J3")
def test_zsh_completes_the_commands(docs: Generated, machines: Path) -> None:
    assert completions(docs, machines, "statemachine-db ") == [set(COMMANDS)]


@pytest.mark.req("J3")
def test_zsh_completes_every_flag_of_every_command(docs: Generated, machines: Path) -> None:
    offered = completions(docs, machines, *(f"statemachine-db {command} --" for command in COMMANDS))
    for command, options in zip(COMMANDS, offered, strict=True):
        wanted = {option.name for option in parser_of(command).options} | {"--help"}
        assert {option.rstrip("=") for option in options} == wanted, command


@pytest.mark.req("J3")
def test_zsh_completes_machines(docs: Generated, machines: Path) -> None:
    lines = [
        "statemachine-db machine-state --machine ",
        "statemachine-db machine-state --machine=",
        "statemachine-db process-events ",
        "statemachine-db process-events --limit 5 ",
        "statemachine --machine-name ",
    ]
    for line, offered in zip(lines, completions(docs, machines, *lines), strict=True):
        assert offered >= {"worker", "gate-1"}, line
    for line, offered in zip(lines, completions(docs, machines, *(f"{line}w" for line in lines)), strict=True):
        assert "worker" in offered, line
        assert "gate-1" not in offered, line


@pytest.mark.req("J3")
def test_zsh_completes_the_ui_as_a_target_too(docs: Generated, machines: Path) -> None:
    (offered,) = completions(docs, machines, "statemachine-db send-event --target ")
    assert offered >= {"worker", "gate-1", "ui"}


@pytest.mark.req("J3")
def test_zsh_completes_choices(docs: Generated, machines: Path) -> None:
    ask = "statemachine-db list-events --status"
    assert completions(docs, machines, f"{ask} ", f"{ask}=pen") == [set(STATUSES), {"pending"}]


@pytest.mark.req("J3")
def test_zsh_completes_files_where_files_are_expected(docs: Generated, machines: Path) -> None:
    (machines / "door.yaml").touch()
    (machines / "dust.txt").touch()
    definitions, folders = completions(docs, machines, "statemachine d", "statemachine --actions-dir c")
    assert definitions == {"door.yaml"}
    assert folders == {"control"}
