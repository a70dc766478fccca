"""What may happen to a machine at any time happens to it under a steady load: nothing is lost, nothing is doubled."""

from __future__ import annotations

import time
from pathlib import Path

from system.inside.check import check
from system.inside.commands import (
    Wrong,
    drop_in,
    journal,
    kill,
    machine_row,
    main_pid,
    run,
    send,
    show,
    systemctl,
    unit_of,
    until,
)
from system.inside.loading import WEDGE, steady_load
from system.inside.report import say

TIMES = 3
LOOP_SECONDS = 10.0


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


@check("E3", "J3")
def an_upgrade_of_the_package_loses_and_doubles_nothing() -> None:
    newer = _repacked(next(Path("/checks").glob("statemachine_*.deb")), "statemachine")
    with steady_load("upgraded") as load:
        pid = main_pid("upgraded")
        monitor = next(Path("/checks").glob("statemachine-monitor_*.deb"), None)
        others = [] if monitor is None else [_repacked(monitor, "statemachine-monitor")]
        run("apt-get", "install", "--yes", newer, *others, timeout=120)
        _another_process("upgraded", pid)
        load.flows(10)
    version = run("dpkg-query", "--show", "--showformat=${Version}", "statemachine").stdout
    assert version.endswith("+upgrade"), version
    assert systemctl("list-units", "--failed", "--no-legend") == ""


def _repacked(package: Path, name: str) -> str:
    """The same package with a higher version."""
    folder = Path("/var/tmp/newer") / name
    folder.parent.mkdir(exist_ok=True)
    run("dpkg-deb", "--raw-extract", str(package), str(folder))
    control = folder / "DEBIAN" / "control"
    version = run("dpkg-deb", "--field", str(package), "Version").stdout.strip()
    if not version:
        raise Wrong(f"{package} has no version")
    control.write_text(control.read_text(encoding="utf-8").replace(version, f"{version}+upgrade"), encoding="utf-8")
    made = f"/var/tmp/newer/{name}.deb"
    run("dpkg-deb", "--build", str(folder), made)
    return made
