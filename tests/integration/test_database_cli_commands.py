"""Each command of statemachine-db where something is amiss: one line on stderr, its exit status, and no traceback.

The program's border is called in this process, where what it doesn't catch fails the test; what a shell makes of it is
tried with real pipes and terminals below.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import apsw
import pytest

from statemachine_cmd.db import COMMANDS, border, command
from statemachine_internal.store import connection
from statemachine_internal.store.sqlite import SqliteStore
from support.db_cases import CASES, NEW_YAML, Case, Without, populated
from support.terminal import on_a_terminal
from support.workspace import Workspace, program_argv

pytestmark = [pytest.mark.req(f"G{number}") for number in range(1, 8)]

SOMEBODY = 54321
PATIENCE = 0.05  # seconds; of ten that a person gets
LISTINGS = [name for name, case in CASES.items() if case.is_listing]
ONE_THING = ("status", "details")  # they have a --format, and no rows to limit

# Holds the database as nobody should: until its standard input ends.
HOLDER = """
import apsw, sys
connection = apsw.Connection(sys.argv[1])
execute = connection.cursor().execute
execute(sys.argv[2]).fetchall()
execute("SELECT count(*) FROM jobs").fetchall()
execute("BEGIN EXCLUSIVE").fetchall()
print("held", flush=True)
sys.stdin.read()
"""
ANYTHING, WRITE_LOCK = "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA locking_mode = NORMAL"

Tried = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tried(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tried:
    """Runs a command: exit status, stdout, stderr."""
    for name, value in workspace.env.items():
        if name.startswith("STATEMACHINE_"):
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(workspace.path)
    workspace.write("new.yaml", NEW_YAML)
    monkeypatch.setattr(border, "_forget_output", lambda: None)  # it would be the test run's own

    def run(name: str, arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = border.guarded([name, *shlex.split(arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def one_line(done: tuple[int, str, str], status: int, *, says: str = "") -> None:
    """It was refused in one line."""
    assert (done[0], done[1]) == (status, ""), done
    assert done[2].startswith("statemachine-db: "), done
    assert (done[2].count("\n"), says in done[2]) == (1, True), done


def noted(done: tuple[int, str, str], status: int = 0) -> None:
    """It was done; each line on stderr is a remark of the program."""
    assert done[0] == status, done
    assert all(line.startswith("statemachine-db: ") for line in done[2].splitlines()), done


each = pytest.mark.parametrize("name", COMMANDS)


def case_of(name: str) -> Case:
    assert name in CASES, f"{name} has no case in tests/support/db_cases.py"
    return CASES[name]


# --- arguments -------------------------------------------------------------------------------------------------------


@each
def test_a_wrong_argument_is_one_line_and_exit_2(workspace: Workspace, tried: Tried, name: str) -> None:
    sound = case_of(name).sound
    one_line(tried(name, CASES[name].wrong), 2)
    one_line(tried(name, f"{sound} --no-such-flag"), 2, says="there is no option '--no-such-flag'")
    one_line(tried(name, f"{sound} one two"), 2, says="unexpected argument")
    for option in command.parser_of(name).options:
        if option.value == "always":
            one_line(tried(name, f"{sound} {option.name}"), 2, says=f"{option.name} needs a value")
    assert not workspace.database.exists()


@each
def test_whom_there_is_not_is_one_line_or_an_empty_listing(workspace: Workspace, tried: Tried, name: str) -> None:
    case = case_of(name)
    if case.nobody is None:
        assert not [o for o in command.parser_of(name).operands if o.metavar in ("M", "JOB")] or name == "add-job"
        return
    populated(workspace.database)
    done = tried(name, case.nobody)
    if case.nobody_status:
        one_line(done, case.nobody_status, says="nobody")
    else:
        noted(done)
        assert done[1].count("\n") == 1  # the heads of its columns


# --- databases -------------------------------------------------------------------------------------------------------


@each
def test_where_there_is_no_database(workspace: Workspace, tried: Tried, name: str) -> None:
    case = case_of(name)
    done = tried(name, case.sound)
    if case.without is Without.MAKES:
        noted(done)
    elif case.without is Without.REFUSES:
        one_line(done, 1, says=f"no database at {workspace.database} yet")
    else:
        assert (done[0], done[1].count("\n") <= case.is_listing) == (0, True), done
        assert (done[2].count("\n"), "no database at" in done[2]) == (1, True), done
        if case.is_listing:
            assert tried(name, f"{case.sound} --format json")[1] == "[]\n"
    assert workspace.database.exists() == (case.without is Without.MAKES)


@each
def test_an_empty_database(workspace: Workspace, tried: Tried, name: str) -> None:
    case = case_of(name)
    SqliteStore(str(workspace.database)).close()
    done = tried(name, case.sound)
    if case.empty:
        one_line(done, case.empty)
    else:
        noted(done)
    if case.is_listing:
        assert (done[1].count("\n") <= 1, done[2]) == (True, "")
        assert json.loads(tried(name, f"{case.sound} --format json")[1]) == []


@each
def test_what_it_takes_does_something(workspace: Workspace, tried: Tried, name: str) -> None:
    populated(workspace.database)
    noted(tried(name, case_of(name).sound), 1 if name == "machine-health" else 0)
    assert tried("check", "")[1].startswith("ok: ")


@contextmanager
def held(workspace: Workspace, how: str) -> Iterator[None]:
    """The database, in the hands of another process."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(workspace.database), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield
    finally:
        process.communicate("", timeout=30)


@each
def test_a_database_that_another_process_writes_to_without_end(
    workspace: Workspace, tried: Tried, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = case_of(name)
    populated(workspace.database)
    monkeypatch.setattr(connection, "BUSY_LIMIT", PATIENCE)
    before = sorted(os.listdir(workspace.path))
    with held(workspace, WRITE_LOCK):
        done = tried(name, case.sound)
    if case.goes_on:
        noted(done, 1)
        assert "is locked by another process" in done[2]
    elif case.writes:
        one_line(done, 1, says=f"{workspace.database} is locked by another process; nothing was stored, try again")
        left = {entry for entry in os.listdir(workspace.path) if not entry.startswith("statemachine.db-")}
        assert left <= set(before)  # no backup, above all, of what wasn't deleted
    else:
        noted(done, 1 if name == "machine-health" else 0)


@each
def test_a_database_that_nobody_else_may_even_read(
    workspace: Workspace, tried: Tried, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    populated(workspace.database)
    monkeypatch.setattr(connection, "BUSY_LIMIT", PATIENCE)
    with held(workspace, ANYTHING):
        one_line(tried(name, case_of(name).sound), 1, says="is locked by another process")


@each
def test_a_database_of_a_newer_version(workspace: Workspace, tried: Tried, name: str) -> None:
    populated(workspace.database)
    newer = apsw.Connection(str(workspace.database))
    newer.cursor().execute("PRAGMA user_version = 99").fetchall()
    newer.close()
    one_line(tried(name, case_of(name).sound), 1, says="was made by a newer version (schema 99")


@each
def test_a_file_that_is_no_database(workspace: Workspace, tried: Tried, name: str) -> None:
    workspace.write("statemachine.db", "no database at all\n" * 100)
    done = tried(name, case_of(name).sound)
    if name == "recreate-database":
        noted(done)  # it puts the file aside: that is what it is for
        assert "backup: " in done[1]
    else:
        one_line(done, 1, says="is not a sound database")


@contextmanager
def not_ours(workspace: Workspace) -> Iterator[None]:
    """The database, where this user may not look into it. Root may look into everything, and becomes somebody."""
    os.chmod(workspace.path, 0o755)
    is_root = os.geteuid() == 0
    for entry in os.scandir(workspace.path):
        if entry.name.startswith(workspace.database.name):
            os.chmod(entry.path, 0o600 if is_root else 0)
    if is_root:
        os.seteuid(SOMEBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@each
def test_a_database_of_somebody_else(workspace: Workspace, tried: Tried, name: str) -> None:
    case = case_of(name)
    SqliteStore(str(workspace.database)).close()
    tried(name, case.sound)  # and nothing is left to be imported, since the source may be somebody else's too
    with not_ours(workspace):
        one_line(tried(name, case.sound), 1, says="group statemachine")


# --- listings --------------------------------------------------------------------------------------------------------


def test_every_listing_has_a_format_and_a_limit() -> None:
    for name in COMMANDS:
        options = {option.name: option for option in command.parser_of(name).options}
        if "table" in getattr(options.get("--format"), "choices", ()) and name not in ONE_THING:
            assert (tuple(options["--format"].choices), "--limit" in options) == (("table", "json"), True)


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_gives_no_more_rows_than_it_is_asked_for(workspace: Workspace, tried: Tried, name: str) -> None:
    populated(workspace.database)
    sound = CASES[name].sound
    first, second, *_ = json.loads(tried(name, f"{sound} --format json")[1])
    (one,) = json.loads(tried(name, f"{sound} --format json --limit 1")[1])
    ages = {"age": None}  # they grow
    assert second | ages != first | ages == one | ages
    assert tried(name, f"{sound} --limit 1")[1].count("\n") == 1 + (name != "machine-health")
    one_line(tried(name, f"{sound} --limit 0"), 2)


@pytest.mark.parametrize("name", [*LISTINGS, *ONE_THING, "check"])
def test_a_reader_that_has_seen_enough_is_no_failure(workspace: Workspace, name: str) -> None:
    populated(workspace.database)
    for format in ("table", "json"):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [*program_argv("statemachine-db"), name, *CASES[name].sound.split(), "--format", format],
            env=workspace.env,
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writer)
        assert (done.returncode, done.stderr) == (141, b"")


def test_head_takes_one_line_of_a_long_listing(workspace: Workspace) -> None:
    populated(workspace.database)
    store = SqliteStore(str(workspace.database))
    with store.transaction():
        for _ in range(3000):  # far more than a pipe holds
            store.append("w", "activity_log", '{"message": "it works, and says so at great length"}', 1)
    store.close()
    process = subprocess.Popen(
        [*program_argv("statemachine-db"), "controller-log", "--limit", "5000"],
        env=workspace.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().split()[:2] == [b"ID", b"CREATED"]
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 141


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_is_as_wide_as_the_terminal(workspace: Workspace, name: str) -> None:
    populated(workspace.database)
    status, shown = on_a_terminal(workspace, f"{name} {CASES[name].sound}", columns=30)
    assert status == (1 if name == "machine-health" else 0)
    lines = shown.splitlines()
    assert len(lines) >= 2
    assert max(map(len, lines)) <= 30
    status, whole = on_a_terminal(workspace, f"{name} {CASES[name].sound}", columns=400)
    assert max(map(len, whole.splitlines())) > 30
