"""statemachine-db as a shell sees it: listings, exit statuses, terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from statemachine_cmd.db import COMMANDS
from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process
from statemachine_internal.store.sqlite import SqliteStore
from support.terminal import on_a_terminal
from support.workspace import Workspace, program_argv

SECOND = 1_000_000
NOW = time.time_ns() // 1000
AGE = re.compile(r"[3-9]m \d+s|\d\dm \d+s")  # 3 minutes before NOW, which was when the tests were collected
LISTINGS = ["list-events", "process-events worker", "machine-state", "transition-history", "error-history"]
NASTY = "\x1b[31mred\x07\nnext\u202eline\r"


@pytest.fixture
def store(workspace: Workspace) -> Iterator[SqliteStore]:
    """A database with two machines, their events, a timer and a history."""
    store = SqliteStore(str(workspace.database))
    with store.transaction():
        for name, status in (("worker", MachineStatus.WAITING), ("other", MachineStatus.FINISHED)):
            where = Place(
                state="busy", status=status, entry=1, via="go", list_start=0, cursor=2, list_end=2, context='{"k": 1}'
            )
            store.create(
                name,
                where,
                digest="h",
                config_type=name,
                control_path=None,
                process=Process(pid=4711, boot_id="b"),
                now=NOW,
            )
            store.save(name, 1, where, NOW - 3600 * SECOND)
        taken, _ = store.accept(
            NewEvent(target="worker", type="go", source="cli", job_id="j1", payload='{"n": 1}', sender_uid=0),
            EventStatus.PROCESSED,
            NOW - 60 * SECOND,
        )
        store.append(
            "worker",
            "state_change",
            json.dumps({"from": "idle", "to": "busy", "event": "go", "entry": 1, "job_id": "j1"}),
            NOW - 60 * SECOND,
            taken,
        )
        store.accept(NewEvent(target="worker", type="odd", source="cli"), EventStatus.IGNORED, NOW, NASTY)
        store.accept(NewEvent(target="worker", type="more", source="other"), EventStatus.PENDING, NOW - 192 * SECOND)
        store.accept(NewEvent(target="worker", type="kept", source="other"), EventStatus.DEFERRED, NOW)
        store.accept(
            NewEvent(target="other", type="x" * 128, source="cli", not_before=NOW + SECOND), EventStatus.PENDING, NOW
        )
        store.append(
            "worker",
            "error",
            json.dumps(
                {
                    "state": "busy",
                    "action": "bash",
                    "error": "it broke\nin two lines",
                    "traceback": "Traceback:\n  \x1b[1mdeep",
                }
            ),
            NOW - 2 * 3600 * SECOND,
        )
        store.set_timer("worker", "timeout(5)", NOW + 3600 * SECOND)
    yield store
    store.close()


def run(workspace: Workspace, command: str, **env: str) -> str:
    done = workspace.run("statemachine-db", *command.split(), env=env)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def rows(workspace: Workspace, command: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run(workspace, f"{command} --format json"))
    return found


def table(text: str) -> list[list[str]]:
    return [re.split(r"  +", line.strip()) for line in text.splitlines()]


# --- the program -----------------------------------------------------------------------------------------------------


@pytest.mark.req("G1")
def test_help_names_every_command(workspace: Workspace) -> None:
    text = run(workspace, "--help")
    assert [name for name in COMMANDS if not re.search(rf"^  {name} +\w", text, re.MULTILINE)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(workspace: Workspace, name: str) -> None:
    assert f"example:\n  statemachine-db {name}" in run(workspace, f"{name} --help")


def test_the_version_is_told(workspace: Workspace) -> None:
    assert re.fullmatch(r"statemachine-db \S.*\n", run(workspace, "--version"))


@pytest.mark.req("G4")
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("", "which command?"),
        ("lst-events", "there is no command 'lst-events', did you mean 'list-events'?"),
        ("list-events --limit 0", "--limit is '0'; use a whole number of 1 or more"),
        ("list-events --format xml", "--format is 'xml'; use one of: table, json"),
        ("list-events --status open", "use one of: pending, processed"),
        ("list-events --targt x", "did you mean '--target'?"),
        ("list-events extra", "unexpected argument 'extra'"),
        ("process-events", "missing: M"),
        ("process-events a/b", "machine name 'a/b' can't be used"),
        ("transition-history --hours -1", "use a number above 0"),
        ("send-event --target w", "missing: --type E"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_2(workspace: Workspace, command: str, message: str) -> None:
    done = workspace.run("statemachine-db", *command.split())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("statemachine-db: ")
    assert message in done.stderr
    assert not workspace.database.exists()


@pytest.mark.parametrize("command", [*LISTINGS, "status", "check", "send-event --target w --type e"])
def test_a_file_that_is_no_database_is_one_line_and_exit_1(workspace: Workspace, command: str) -> None:
    workspace.write("statemachine.db", "no database at all\n" * 100)
    done = workspace.run("statemachine-db", *command.split())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "is not a sound database" in done.stderr


@pytest.mark.usefixtures("store")
def test_a_reader_that_has_seen_enough_is_no_failure(workspace: Workspace) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*program_argv("statemachine-db"), "list-events"],
        env=workspace.env,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.usefixtures("store")
def test_output_that_finds_no_room_is_one_line(workspace: Workspace) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*program_argv("statemachine-db"), "list-events"],
            env=workspace.env,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"statemachine-db: No space left on device\n")


@pytest.mark.usefixtures("store")
def test_an_ascii_terminal_is_no_failure(workspace: Workspace, store: SqliteStore) -> None:
    with store.transaction():
        store.accept(NewEvent(target="worker", type="größe"), EventStatus.PENDING, NOW)
    plain = {"PYTHONIOENCODING": "ascii"}
    assert "gr\\xf6\\xdfe" in run(workspace, "list-events", **plain)
    assert json.loads(run(workspace, "list-events --format json --limit 1", **plain))[0]["type"] == "größe"


# --- nothing found ---------------------------------------------------------------------------------------------------


@pytest.mark.req("G4")
@pytest.mark.parametrize("command", LISTINGS)
def test_a_listing_without_a_database_is_empty_and_makes_none(workspace: Workspace, command: str) -> None:
    for format in ("table", "json"):
        done = workspace.run("statemachine-db", *command.split(), "--format", format)
        assert done.returncode == 0
        assert done.stderr.startswith(f"statemachine-db: no database at {workspace.database} yet")
        assert done.stdout == "[]\n" if format == "json" else done.stdout.count("\n") == 1
    assert not workspace.database.exists()


@pytest.mark.req("G4")
@pytest.mark.parametrize("command", LISTINGS)
def test_a_listing_that_finds_nothing_is_empty(workspace: Workspace, command: str) -> None:
    SqliteStore(str(workspace.database)).close()
    assert rows(workspace, command) == []
    assert run(workspace, command).count("\n") == 1


@pytest.mark.req("G5")
def test_status_and_check_without_a_database_say_so(workspace: Workspace) -> None:
    status = workspace.run("statemachine-db", "status", "--format", "json")
    assert status.returncode == 0
    assert json.loads(status.stdout) == {"database": str(workspace.database), "exists": False}
    check = workspace.run("statemachine-db", "check")
    assert (check.returncode, check.stdout) == (1, "")
    assert not workspace.database.exists()


# --- what listings show ----------------------------------------------------------------------------------------------


@pytest.mark.req("G4")
@pytest.mark.usefixtures("store")
def test_events_come_newest_first_and_can_be_chosen(workspace: Workspace) -> None:
    def types(options: str = "") -> list[object]:
        return [row["type"] for row in rows(workspace, f"list-events {options}")]

    assert types() == ["x" * 128, "kept", "more", "odd", "go"]
    assert types("--limit 2") == ["x" * 128, "kept"]
    assert types("--target worker --status pending") == ["more"]
    assert types("--source cli --target worker") == ["odd", "go"]
    assert types("--type kept") == ["kept"]
    assert types("--job-id j1") == ["go"]
    assert types("--job-id j2") == []


@pytest.mark.req("G4")
@pytest.mark.usefixtures("store")
def test_an_event_in_json_has_iso_times_with_offset_its_ids_and_its_payload(workspace: Workspace) -> None:
    (event,) = rows(workspace, "list-events --type go")
    created = datetime.fromisoformat(str(event["created"]))
    assert created == datetime.fromtimestamp((NOW - 60 * SECOND) / SECOND, UTC)
    assert created.utcoffset() is not None
    assert (event["id"], event["job_id"], event["sender_uid"], event["payload"]) == (1, "j1", 0, {"n": 1})


@pytest.mark.req("E4")
@pytest.mark.usefixtures("store")
def test_an_ignored_event_shows_why_without_doing_harm(workspace: Workspace) -> None:
    text = run(workspace, "list-events --status ignored")
    assert text.count("\n") == 2
    assert text.rstrip().endswith("\\x1b[31mred\\x07\\nnext\\u202eline\\r")
    (event,) = rows(workspace, "list-events --status ignored")
    assert event["error"] == NASTY


@pytest.mark.req("G4")
@pytest.mark.usefixtures("store")
def test_what_is_pending_comes_oldest_first_with_its_age(workspace: Workspace) -> None:
    header, *body = table(run(workspace, "process-events worker"))
    assert header[:5] == ["ID", "AGE", "CREATED", "SOURCE", "TYPE"]
    assert [row[4] for row in body] == ["more", "kept"]
    assert AGE.fullmatch(body[0][1])
    first, second = rows(workspace, "process-events worker")
    assert isinstance(first["age"], float)
    assert 192 <= first["age"] <= 192 + time.time() - NOW / SECOND
    assert second["status"] == "deferred"


@pytest.mark.req("G5")
@pytest.mark.usefixtures("store")
def test_a_machine_whose_process_is_gone_shows_as_not_running(workspace: Workspace) -> None:
    other, worker = table(run(workspace, "machine-state"))[1:]
    assert other[:3] == ["other", "busy", "finished"]
    assert worker[:7] == ["worker", "busy", "not running", "1", "2/2", "1", worker[6]]
    assert AGE.fullmatch(worker[6])
    assert worker[7].startswith("timeout(5) in ")
    assert "4711" not in worker


@pytest.mark.req("G5")
@pytest.mark.usefixtures("store")
def test_a_machine_whose_process_lives_shows_as_stored(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    monkeypatch.setenv("STATEMACHINE_DATABASE", str(workspace.database))
    lock = MachineLock("worker")
    (machine,) = rows(workspace, "machine-state --machine worker")
    (worker,) = table(run(workspace, "machine-state --machine worker"))[1:]
    lock.release()
    assert (machine["status"], machine["alive"], machine["context"]) == ("waiting", True, {"k": 1})
    assert (machine["pending"], machine["next_timer"], machine["pid"]) == (1, "timeout(5)", 4711)
    assert "waiting" in worker
    assert "4711" in worker
    (machine,) = rows(workspace, "machine-state --machine worker")
    assert machine["alive"] is False


@pytest.mark.req("G6")
@pytest.mark.usefixtures("store")
def test_a_change_of_state_is_listed(workspace: Workspace) -> None:
    (change,) = rows(workspace, "transition-history --machine worker")
    expected = {"from_state": "idle", "to_state": "busy", "event": "go", "entry": 1, "job_id": "j1", "event_id": 1}
    assert change == change | expected
    assert rows(workspace, "transition-history --machine other") == []
    assert rows(workspace, "transition-history --hours 0.001") == []
    assert len(rows(workspace, "transition-history --hours 1")) == 1


@pytest.mark.req("G6")
@pytest.mark.usefixtures("store")
def test_an_error_shows_its_first_line_and_its_traceback_when_asked(workspace: Workspace) -> None:
    short = run(workspace, "error-history")
    assert short.rstrip().endswith("it broke")
    assert short.count("\n") == 2
    whole = run(workspace, "error-history --traceback").splitlines()
    assert whole[2:] == ["    in two lines", "    Traceback:", "      \\x1b[1mdeep"]
    (error,) = rows(workspace, "error-history --machine worker")
    assert (error["error"], error["traceback"]) == ("it broke\nin two lines", "Traceback:\n  \x1b[1mdeep")
    assert rows(workspace, "error-history --hours 1") == []


@pytest.mark.req("G5")
@pytest.mark.usefixtures("store")
def test_status_shows_the_database(workspace: Workspace) -> None:
    status = json.loads(run(workspace, "status --format json"))
    assert status["database"] == str(workspace.database)
    assert status["machines"] == {"finished": 1, "waiting": 1}
    assert status["events"] == {"deferred": 1, "ignored": 1, "pending": 2, "processed": 1}
    assert (status["feed_rows"], status["schema_version"], status["size"] > 0) == (2, 1, True)
    text = run(workspace, "status")
    assert "2: 1 finished, 1 waiting" in text
    assert "oldest pending" in text


@pytest.mark.req("G7")
def test_check_names_each_complaint_in_a_line(workspace: Workspace, store: SqliteStore) -> None:
    done = run(workspace, "check")
    assert done == "ok: 2 machines, 5 events, 2 feed rows, 1 timers, 0 jobs\n"
    with store.transaction():
        store.accept(NewEvent(target="worker", type="go"), EventStatus.PROCESSED, NOW)
        store.set_timer("other", "late", NOW)
    broken = workspace.run("statemachine-db", "check")
    assert (broken.returncode, broken.stderr) == (1, "")
    assert broken.stdout.splitlines() == [
        "event_processed_without_trace: event 6 (to worker) is processed, and no feed row shows what it did",
        "timer_of_finished: timer late belongs to machine other, which is finished",
    ]
    found = json.loads(workspace.run("statemachine-db", "check", "--format", "json").stdout)
    assert [complaint["invariant"] for complaint in found["complaints"]] == [
        "event_processed_without_trace",
        "timer_of_finished",
    ]


# --- terminals -------------------------------------------------------------------------------------------------------


@pytest.mark.req("G4")
@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("columns", [20, 80, 120, 400])
def test_a_table_fits_the_terminal(workspace: Workspace, columns: int) -> None:
    status, shown = on_a_terminal(workspace, "list-events", columns=columns)
    lines = shown.splitlines()
    assert (status, len(lines)) == (0, 6)
    assert max(map(len, lines)) <= columns
    assert any("…" in line for line in lines) == (columns < 400)
    assert "x" * 128 in run(workspace, "list-events")


@pytest.mark.req("G4")
@pytest.mark.usefixtures("store")
def test_a_person_is_told_that_there_is_more(workspace: Workspace) -> None:
    done = subprocess.run(
        [*program_argv("statemachine-db"), "list-events", "--limit", "2"],
        env=workspace.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""  # a script isn't
    master, slave = pty.openpty()
    told = subprocess.run(
        [*program_argv("statemachine-db"), "list-events", "--limit", "2"],
        env=workspace.env,
        stdout=slave,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    os.close(slave)
    os.close(master)
    assert "--limit shows more" in told.stderr
