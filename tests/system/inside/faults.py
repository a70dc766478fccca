"""A machine that can't run hurts nobody, says why once, and goes on where it was when it is mended."""

from __future__ import annotations

import time

from system.inside.check import check
from system.inside.commands import (
    CONFIGURATION,
    Wrong,
    database,
    define,
    enable,
    journal,
    machine_row,
    main_pid,
    send,
    show,
    systemctl,
    unit_of,
    until,
)
from system.inside.report import say

GOOD = """\
name: fragile
initial_state: waiting
transitions:
  - {from: waiting, to: open, event: opened}
  - {from: open, event: counted, actions: [{type: add_to_list, list: numbers, value: "{event_data.payload.n}"}]}
  - {from: waiting, event: counted, actions: [{type: add_to_list, list: numbers, value: "{event_data.payload.n}"}]}
"""


QUIET = 2.0  # seconds: longer than the pause between two starts that fail with 78
MOST_STARTS = 3  # for one event: its sender asks, asks again when the door was closed, and rings after it has stored it


def _refuses_to_start(machine: str, words: str) -> None:
    """The unit fails with 78 and comes to rest; systemd restarts nothing, and one line of each start says why."""
    began = time.time()
    runs = _runs_until_it_rests(machine)
    assert show(unit_of(machine), "NRestarts")["NRestarts"] == "0", "systemd restarted it"
    said = [e for e in journal(f"_SYSTEMD_INVOCATION_ID={runs[-1]}") if e.get("_COMM") != "systemd"]
    lines = [entry["MESSAGE"] for entry in said]
    assert len(lines) == 1, lines
    assert words in lines[0], lines
    say(f"one event to a machine that can't run: {len(runs)} starts seen, at rest after {time.time() - began:.0f} s")
    assert len(runs) <= MOST_STARTS, f"it was started {len(runs)} times"


def _runs_until_it_rests(machine: str) -> list[str]:
    """The invocations of the unit, until it has failed with 78 and there was no other for a while."""
    runs: list[str] = []
    failed_at = time.monotonic()

    def quiet() -> bool:
        nonlocal failed_at
        state = show(unit_of(machine), "ExecMainStatus", "ActiveState", "InvocationID")
        run = state.pop("InvocationID")
        if run not in runs:
            runs.append(run)
        if state != {"ExecMainStatus": "78", "ActiveState": "failed"} or run != runs[-1]:
            failed_at = time.monotonic()
        return time.monotonic() > failed_at + QUIET

    until(quiet, f"the unit of '{machine}' has failed with 78 and come to rest", 30)
    return runs


def _others_are_well() -> None:
    before = main_pid("bystander")
    assert "processed" in send("bystander", "counted", "--payload", '{"n": 1}', "--wait")
    assert main_pid("bystander") == before != 0, "a bystander was started anew"


def _events_wait(machine: str, count: int) -> None:
    rows = database("list-events", "--target", machine, "--status", "pending")
    assert len(rows) == count, rows


@check("A9", "J1")
def a_machine_with_a_broken_file_fails_once_with_78_and_one_clear_line() -> None:
    define("bystander", GOOD.replace("fragile", "bystander"))
    define("fragile", GOOD)
    enable("bystander", "fragile")
    send("bystander", "counted", "--payload", '{"n": 0}', "--wait")
    define("fragile", GOOD.replace("to: open", "to: nowhere: [", 1))
    said = send("fragile", "counted", "--payload", '{"n": 1}')
    assert "stored" in said, said
    _refuses_to_start("fragile", "/etc/statemachine/fragile.yaml")
    _others_are_well()


@check("E3", "A9")
def its_events_wait_and_are_delivered_when_the_file_is_mended() -> None:
    send("fragile", "counted", "--payload", '{"n": 2}')
    _runs_until_it_rests("fragile")
    _events_wait("fragile", 2)
    until(lambda: show("statemachine@fragile.socket", "ActiveState")["ActiveState"] == "active", "its socket is open")
    define("fragile", GOOD)
    systemctl("start", unit_of("fragile"))
    until(lambda: machine_row("fragile")["context"].get("numbers") == [1, 2], "both events are taken, in order")


@check("B6")
def a_machine_whose_stored_state_is_gone_fails_once_with_78_and_names_the_way_out() -> None:
    send("fragile", "opened", "--wait")
    systemctl("stop", unit_of("fragile"))
    define("fragile", GOOD.replace("open,", "ajar,"))
    assert "stored" in send("fragile", "counted", "--payload", '{"n": 3}')
    _refuses_to_start("fragile", "statemachine-db reset fragile")
    _others_are_well()
    assert machine_row("fragile")["state"] == "open"


@check("E3", "B6")
def its_events_wait_and_are_delivered_when_the_state_is_back() -> None:
    _events_wait("fragile", 1)
    define("fragile", GOOD)
    systemctl("reset-failed", unit_of("fragile"))
    assert "accepted" in send("fragile", "counted", "--payload", '{"n": 4}')
    until(lambda: machine_row("fragile")["context"]["numbers"] == [1, 2, 3, 4], "all events are taken, in order")


@check("J1")
def a_machine_without_a_file_is_refused_and_nothing_loops() -> None:
    if (CONFIGURATION / "absent.yaml").exists():
        raise Wrong("there is a file")
    enable("absent")
    send("absent", "counted")
    _refuses_to_start("absent", "/etc/statemachine/absent.yaml")
    systemctl("disable", "--now", "statemachine@absent.socket")
    _others_are_well()
