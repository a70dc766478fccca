"""After a reboot in the middle of a load: nobody sends, and all that waited is taken up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from system.inside.check import UNPLUG, check
from system.inside.commands import database, machine_row, run, until
from system.inside.loading import compare
from system.inside.reboot_before import accepted, leave_a_load
from system.inside.report import say


@check("E3", "B6")
def a_reboot_under_load_loses_and_doubles_nothing() -> None:
    numbers = compare("rebooted", accepted("rebooted"))
    say(f"reboot under load: {len(numbers)} events, 0 lost, 0 doubled")


@check("E3", "J1")
def events_that_waited_are_taken_up_after_a_reboot_without_anybody_sending() -> None:
    until(lambda: machine_row("parked")["context"].get("numbers") == [1], "the event of before is taken")


@check("B6", "J1")
def a_timer_that_was_armed_before_a_reboot_fires_after_it() -> None:
    until(lambda: machine_row("alarmed")["context"].get("rings") == [1], "the timer has fired", 25)
    taken = database("transition-history", "--machine", "alarmed", "--limit", "1")[0]
    fired = datetime.fromisoformat(taken["created"]).timestamp()
    booted = Path("/proc/1").stat().st_ctime
    assert fired > booted, "it fired before the reboot"
    say(f"a timer that was armed before a reboot fired {fired - booted:.1f} s after the new start of the system")


@check("J1")
def nothing_failed_at_boot() -> None:
    assert run("systemctl", "list-units", "--failed", "--no-legend").stdout == ""


@check("E3", vital=True)
def the_system_ends_suddenly_under_load() -> None:
    leave_a_load("unplugged")
    UNPLUG.touch()
