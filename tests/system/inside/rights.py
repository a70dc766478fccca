"""Operators, the members of the group ``statemachine``, may use every command; others may use none."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

from system.inside.check import check
from system.inside.commands import (
    OPERATOR,
    STRANGER,
    database,
    define,
    enable,
    main_pid,
    refused,
    run,
    send,
    show,
    systemctl,
    unit_of,
)

CONNECT = """\
import errno, socket, sys
s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[1]))
try:
    s.connect(sys.argv[2])
    print("connected")
except OSError as error:
    print(errno.errorcode[error.errno])
"""
GET_HEALTH = """\
import http.client, socket, sys
connection = http.client.HTTPConnection("localhost")
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.settimeout(20)
connection.sock.connect(sys.argv[1])
connection.request("GET", "/health")
response = connection.getresponse()
print(response.status)
print(response.read().decode())
"""
CONTROL_SOCKET = "/run/statemachine/control/guarded.sock"
EVENTS_SOCKET = "/run/statemachine/events.sock"
MONITOR_SOCKET = "/run/statemachine/monitor.sock"
MACHINE = """\
name: guarded
initial_state: waiting
transitions:
  - {from: waiting, event: greeted}
"""


def _connect(kind: str, path: str, user: str) -> str:
    """What comes of a user's connecting to a socket: ``connected``, or the error's name."""
    return run("python3", "-c", CONNECT, kind, path, as_user=user).stdout.strip()


@check("J3")
def a_stranger_can_not_send() -> None:
    define("guarded", MACHINE)
    enable("guarded")
    refused(lambda: send("guarded", "greeted", as_user=STRANGER), "send")
    assert main_pid("guarded") == 0, "the refused event has started the machine"
    assert _connect("SOCK_SEQPACKET", CONTROL_SOCKET, STRANGER) == "EACCES"
    assert main_pid("guarded") == 0, "the refused connection has started the machine"
    assert database("list-events", "--target", "guarded") == []


@check("J3")
def a_stranger_can_not_read_the_database() -> None:
    for command in ("machine-state", "list-events", "status", "check"):
        refused(lambda command=command: run("statemachine-db", command, as_user=STRANGER), f"use {command}")  # type: ignore[misc]
    for path in ("/var/lib/statemachine/statemachine.db", "/etc/statemachine/guarded.yaml"):
        refused(lambda path=path: run("cat", path, as_user=STRANGER), f"read {path}")  # type: ignore[misc]
    for path in ("/var/lib/statemachine", "/run/statemachine", "/etc/statemachine"):
        refused(lambda path=path: run("ls", path, as_user=STRANGER), f"list {path}")  # type: ignore[misc]


@check("J2")
def a_stranger_can_not_read_the_journal_of_a_unit() -> None:
    send("guarded", "greeted", "--wait")
    done = run("journalctl", "--unit=statemachine@guarded", "--no-pager", "--quiet", as_user=STRANGER, ok=False)
    assert "greeted" not in done.stdout, done.stdout


@check("J3", "E1")
def an_operator_sends_and_reads_and_the_event_names_the_sender() -> None:
    uid = int(run("id", "--user", OPERATOR).stdout)
    said = send("guarded", "greeted", "--wait", as_user=OPERATOR)
    assert "processed" in said, said
    event = database("list-events", "--target", "guarded", "--limit", "1")[0]
    assert event["sender_uid"] == uid, event
    for command in ("machine-state", "list-events", "status", "check", "transition-history"):
        run("statemachine-db", command, as_user=OPERATOR)


@check("J3", "E1")
def an_event_that_an_operator_stores_names_the_sender_too() -> None:
    uid = int(run("id", "--user", OPERATOR).stdout)
    send("nobody_there", "greeted", as_user=OPERATOR)
    event = database("list-events", "--target", "nobody_there")[0]
    assert (event["sender_uid"], event["status"]) == (uid, "pending"), event


NOT_TRIED = "recreate-database"  # by an operator: it would empty what later checks read


def _commands(folder: Path) -> dict[str, list[str]]:
    """Every command with arguments that make it do something; files go into a folder."""
    return {
        "send-event": ["--target", "guarded", "--type", "greeted", "--wait"],
        "list-events": [],
        "process-events": ["guarded"],
        "cleanup-events": ["--force"],
        "add-job": ["job-1", "--type", "copy"],
        "list": [],
        "details": ["job-1"],
        "complete-job": ["job-1"],
        "fail-job": ["job-2", "--reason", "no paper"],
        "retry-job": ["job-1"],
        "cancel-job": ["job-3"],
        "remove-job": ["job-3"],
        "cleanup": ["--status", "failed", "--force"],
        "reset-processing": [],
        "machine-status": [],
        "machine-health": [],
        "list-errors": [],
        "controller-log": [],
        "machine-state": [],
        "transition-history": [],
        "error-history": [],
        "replay": ["guarded", "--with", "/etc/statemachine/guarded.yaml"],
        "status": [],
        "check": [],
        "wake": ["guarded"],
        "pause": ["guarded"],
        "resume": ["guarded"],
        "reset": ["resting", "--force"],
        "prune": ["--older-than", "1d", "--force"],
        "backup": [str(folder / "copy.db")],
        "maintain": [],
        "migrate": [],
    }


def _folder_of(user: str) -> Path:
    folder = Path("/var/tmp") / user
    folder.mkdir(exist_ok=True)
    shutil.chown(folder, user, user)
    folder.chmod(0o700)
    return folder


@check("J3")
def no_command_is_left_out_of_these_checks() -> None:
    from statemachine_cmd.db import COMMANDS

    assert sorted([*_commands(Path("/")), NOT_TRIED]) == sorted(COMMANDS)


@check("J3")
def a_stranger_may_use_no_command() -> None:
    define("resting", MACHINE.replace("guarded", "resting"))
    enable("resting")
    send("resting", "greeted", "--wait")
    systemctl("stop", unit_of("resting"))
    Path("/var/lib/statemachine/statemachine.db-locks/resting").unlink()  # who resets it makes the lock
    folder = _folder_of(STRANGER)
    for command, arguments in _commands(folder).items():
        refused(lambda argv=("statemachine-db", command, *arguments): run(*argv, as_user=STRANGER), f"use {command}")  # type: ignore[misc]
    refused(lambda: run("statemachine-db", NOT_TRIED, "--force", as_user=STRANGER), f"use {NOT_TRIED}")
    assert list(folder.iterdir()) == []


@check("J3")
def an_operator_may_use_every_command() -> None:
    folder = _folder_of(OPERATOR)
    for job in ("job-2", "job-3"):
        run("statemachine-db", "add-job", job, "--type", "copy", as_user=OPERATOR)
    for command, arguments in _commands(folder).items():
        if command == "machine-health":  # it says 1 where one of all these machines isn't well
            run("sh", "-c", "statemachine-db machine-health || test $? = 1", as_user=OPERATOR)
        else:
            run("statemachine-db", command, *arguments, as_user=OPERATOR)
    run("statemachine-db", "backup", "--force", str(folder / "copy.db"), as_user=OPERATOR)
    copy = folder / "copy.db"
    assert copy.owner() == OPERATOR
    with sqlite3.connect(copy) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@check("J3")
def what_an_operator_did_keeps_nobody_from_working() -> None:
    """The machines, the maintenance and another operator write to the same files."""
    assert "processed" in send("guarded", "greeted", "--wait")
    assert "processed" in send("resting", "greeted", "--wait")
    systemctl("start", "statemachine-maintenance.service")
    assert show("statemachine-maintenance.service", "Result")["Result"] == "success"
    run("statemachine-db", "maintain", as_user=OPERATOR)


@check("H5", "J1", "J3")
def a_stranger_can_not_connect_to_any_socket_of_ours() -> None:
    systemctl("stop", "statemachine-monitor.service")
    controls = [str(path) for path in Path("/run/statemachine/control").glob("*.sock")]
    assert CONTROL_SOCKET in controls
    assert Path(MONITOR_SOCKET).is_socket()
    for kind, path in [
        *(("SOCK_SEQPACKET", path) for path in controls),
        ("SOCK_STREAM", MONITOR_SOCKET),
        ("SOCK_DGRAM", EVENTS_SOCKET),
    ]:
        assert _connect(kind, path, STRANGER) == "EACCES", path
    assert show("statemachine-monitor.service", "ActiveState")["ActiveState"] == "inactive", "it was started"


@check("H5", "J1", "J3")
def an_operator_asks_the_monitor_on_its_socket_file() -> None:
    said = run("python3", "-c", GET_HEALTH, MONITOR_SOCKET, as_user=OPERATOR).stdout
    status, _, body = said.partition("\n")
    assert (status, json.loads(body)["status"]) == ("200", "ok"), said
    found = os.stat(MONITOR_SOCKET)
    assert (oct(found.st_mode & 0o777), Path(MONITOR_SOCKET).group()) == ("0o660", "statemachine")
    assert _connect("SOCK_SEQPACKET", CONTROL_SOCKET, OPERATOR) == "connected"
    assert _connect("SOCK_DGRAM", EVENTS_SOCKET, OPERATOR) in ("connected", "ENOENT"), "no right, or worse"
