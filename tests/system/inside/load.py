"""What may happen to a machine at any time happens to it under a steady load: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import time
from pathlib import Path

from system.inside.check import check
from system.inside.commands import (
    define,
    drop_in,
    journal,
    kill,
    machine_row,
    main_pid,
    send,
    show,
    systemctl,
    unit_of,
    until,
)
from system.inside.loading import COLLECTOR, WEDGE, steady_load
from system.inside.report import say

TIMES = 3
LOOP_SECONDS = 10.0
PACE_SECONDS = 5.0


def _another_process(machine: str, pid: int) -> int:
    """Wait until the machine runs again, in another process."""

    def other() -> int | None:
        found = main_pid(machine)
        return found if found not in (0, pid) and show(unit_of(machine), "SubState")["SubState"] == "running" else None

    return until(other, f"machine '{machine}' runs again, in another process than {pid}", 30)


@check("E3", "B6")
def kill_9_loses_and_doubles_nothing() -> None:
    with steady_load("killed") as load:
        for _ in range(TIMES):
            pid = main_pid("killed")
            kill("killed")
            _another_process("killed", pid)
            load.flows(10)


@check("E3", "B5")
def a_restart_of_the_unit_loses_and_doubles_nothing() -> None:
    with steady_load("restarted") as load:
        for _ in range(TIMES):
            pid = main_pid("restarted")
            systemctl("restart", unit_of("restarted"))
            _another_process("restarted", pid)
            load.flows(10)


@check("E3", "J1")
def a_restart_of_the_target_loses_and_doubles_nothing() -> None:
    with steady_load("retargeted") as load:
        pid = main_pid("retargeted")
        systemctl("restart", "statemachine.target")
        _another_process("retargeted", pid)
        load.flows(10)


@check("E3", "J1")
def the_watchdog_ends_an_action_that_blocks_the_loop_and_nothing_is_lost_or_doubled() -> None:
    drop_in("wedged", "[Service]\nWatchdogSec=2s\n")
    WEDGE.touch()
    with steady_load("wedged"):
        pid = main_pid("wedged")
        send("wedged", "wedge")
        _another_process("wedged", pid)
        WEDGE.unlink()
        until(lambda: machine_row("wedged")["state"] == "collecting", "the machine is free again", 30)
    said = [entry for entry in journal("UNIT=statemachine@wedged.service") if "watchdog" in entry["MESSAGE"].lower()]
    assert said, "systemd does not speak of the watchdog"


@check("E3", "B6")
def an_action_that_kills_its_process_is_given_up_and_nothing_is_lost_or_doubled() -> None:
    with steady_load("dying"):
        began = time.monotonic()
        send("dying", "die")
        until(lambda: _given_up("dying"), "the action is given up", 30)
        until(lambda: machine_row("dying")["state"] == "collecting", "the machine lives on", 30)
        say(f"an action that kills its process was given up after {time.monotonic() - began:.1f} s")


def _given_up(machine: str) -> bool:
    error = machine_row(machine)["context"].get("last_error") or ""
    return "not started again" in error


@check("E3", "J1")
def a_crash_loop_of_10_s_loses_and_doubles_nothing() -> None:
    with steady_load("looping") as load:
        drop_in("looping", "[Service]\nExecStart=\nExecStart=/bin/sh -c 'exit 1'\n")
        before = int(show(unit_of("looping"), "NRestarts")["NRestarts"])
        kill("looping")
        began = time.monotonic()
        until(lambda: time.monotonic() > began + LOOP_SECONDS, "the crash loop", LOOP_SECONDS + 5)
        starts = int(show(unit_of("looping"), "NRestarts")["NRestarts"]) - before
        assert starts >= 3, f"it was started {starts} times only"
        drop_in("looping", None)
        _another_process("looping", 0)
        load.flows(10)
        say(f"a crash loop of {LOOP_SECONDS:.0f} s had {starts} starts")


@check("A9", "E3", "J1")
def a_machine_that_is_mended_while_senders_go_on_is_back_at_once_and_nothing_is_lost_or_doubled() -> None:
    with steady_load("broken") as load:
        define("broken", "name: [")
        drop_in("broken", "[Service]\nExecStopPost=\n")
        kill("broken")
        until(lambda: show(unit_of("broken"), "ExecMainStatus")["ExecMainStatus"] == "78", "its file is refused")
        said = _pace("broken")[1]
        drop_in("broken", None)
        rate, paced = _pace("broken")
        say(f"senders who never rest start a machine that can't run {paced}; without its rest {said}")
        assert rate < 1.2, f"{rate} starts a second"
        define("broken", COLLECTOR)
        began = time.monotonic()
        systemctl("restart", unit_of("broken"))
        say(f"a machine that was mended meanwhile was back after {time.monotonic() - began:.1f} s")
        load.flows(10)


def _pace(machine: str) -> tuple[float, str]:
    """Starts a second of a machine that can't run, and in words what else they cost."""
    began, used = time.time(), _seconds_of_ended_services()
    until(lambda: time.time() > began + PACE_SECONDS, "the failing starts", PACE_SECONDS + 5)
    took, used = time.time() - began, _seconds_of_ended_services() - used
    since = f"--since=@{began:.6f}"
    entries = journal(f"_SYSTEMD_UNIT={unit_of(machine)}", since)
    starts = {entry["_SYSTEMD_INVOCATION_ID"] for entry in entries if entry.get("_COMM") != "systemd"}
    lines = len(journal(since))
    rate = len(starts) / took
    return rate, f"{rate:.2f} times a second ({100 * used / took:.0f} % of a core, {lines / took:.0f} lines a second)"


def _seconds_of_ended_services() -> float:
    """Processor time of the processes that the manager has waited for: cutime and cstime of proc_pid_stat(5)."""
    fields = Path("/proc/1/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
