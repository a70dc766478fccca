"""Operators, the members of the group ``statemachine``, may use every command; others may use none."""

from __future__ import annotations

import http.client
from collections.abc import Callable

from system.inside.check import check
from system.inside.commands import OPERATOR, STRANGER, Wrong, database, define, enable, main_pid, run, send

CONNECT = """\
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
try:
    s.connect(sys.argv[1])
except OSError as error:
    sys.exit(error.strerror)
"""
MACHINE = """\
name: guarded
initial_state: waiting
transitions:
  - {from: waiting, event: greeted}
"""


def _refused(does: Callable[[], object], what: str) -> None:
    try:
        does()
    except Wrong:
        return
    raise AssertionError(f"a stranger may {what}")


@check("J3")
def a_stranger_can_not_send() -> None:
    define("guarded", MACHINE)
    enable("guarded")
    _refused(lambda: send("guarded", "greeted", as_user=STRANGER), "send")
    assert main_pid("guarded") == 0, "the refused event has started the machine"
    path = "/run/statemachine/control/guarded.sock"
    _refused(lambda: run("python3", "-c", CONNECT, path, as_user=STRANGER), "connect to the control socket")
    assert main_pid("guarded") == 0, "the refused connection has started the machine"
    assert database("list-events", "--target", "guarded") == []


@check("J3")
def a_stranger_can_not_read_the_database() -> None:
    for command in ("machine-state", "list-events", "status", "check"):
        _refused(lambda command=command: run("statemachine-db", command, as_user=STRANGER), f"use {command}")  # type: ignore[misc]
    for path in ("/var/lib/statemachine/statemachine.db", "/etc/statemachine/guarded.yaml"):
        _refused(lambda path=path: run("cat", path, as_user=STRANGER), f"read {path}")  # type: ignore[misc]
    for path in ("/var/lib/statemachine", "/run/statemachine", "/etc/statemachine"):
        _refused(lambda path=path: run("ls", path, as_user=STRANGER), f"list {path}")  # type: ignore[misc]


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


@check("H5", "J1")
def the_monitor_answers_on_loopback_to_whoever_is_allowed() -> None:
    for port in (3001, 3002, 8765):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/health")
        response = connection.getresponse()
        assert response.status == 200, (port, response.status, response.read())
        connection.close()
