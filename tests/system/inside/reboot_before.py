"""What is left to do when the system goes down: events that wait, timers that will be due, and a load that goes on."""

from __future__ import annotations

from pathlib import Path

from system.inside.check import check
from system.inside.commands import define, enable, rests, run, send, systemctl, unit_of, until
from system.inside.loading import WAYS, collect
from system.inside.resting import ALARM, TEMPLATE

FOLDER = Path("/var/tmp/reboot")


def leave_a_load(machine: str) -> None:
    """Start senders that go on until the system takes them down, and wait until their load flows."""
    collect(machine)
    folder = FOLDER / machine
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    for way in WAYS:
        run(
            "systemd-run",
            f"--unit=sender-{machine}-{way}",
            "--property=User=operator",
            "--property=SupplementaryGroups=statemachine",
            "--property=TimeoutStopSec=2s",
            "--setenv=PYTHONPATH=/tests",
            *("python3", "-m", "system.inside.sender", "stubborn", way, machine, way, str(folder)),
        )

    def flows() -> bool:
        return all((folder / f"{way}.accepted").exists() and len(_lines(folder, way)) > 30 for way in WAYS)

    until(flows, "the load flows", 40)


def accepted(machine: str) -> list[str]:
    """What the senders were told is accepted, before the system went down."""
    return [number for way in WAYS for number in _lines(FOLDER / machine, way)]


def _lines(folder: Path, way: str) -> list[str]:
    return (folder / f"{way}.accepted").read_text(encoding="utf-8").split("\n")[:-1]


@check("J1")
def events_and_timers_wait_for_the_next_boot() -> None:
    for machine in ("parked", "alarmed"):
        text = ALARM.replace("SECONDS", "12") if machine == "alarmed" else TEMPLATE
        define(machine, text.replace("one_of_many", machine).replace("alarm", machine))
        enable(machine)
    send("alarmed", "arm", "--wait")
    until(lambda: rests("alarmed"), "the machine with the timer has ended")
    systemctl("stop", "statemachine@parked.socket", unit_of("parked"))
    assert "stored" in send("parked", "greeted", "--payload", '{"n": 1}')


@check("E3", vital=True)
def the_system_goes_down_under_load() -> None:
    leave_a_load("rebooted")
