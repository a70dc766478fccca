"""What an administrator types, as functions."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

CONFIGURATION = Path("/etc/statemachine")
DROP_INS = Path("/etc/systemd/system")
OPERATOR, STRANGER = "operator", "stranger"
"""A member of the group ``statemachine``, and a user outside it."""


class Wrong(AssertionError):
    """A command said something else than it should."""


def run(
    *command: str, as_user: str | None = None, ok: bool = True, timeout: float = 60, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        command: an argv.
        as_user: ``OPERATOR`` or ``STRANGER``; root if None.
        ok: fail if it doesn't end with 0.
        timeout: seconds.
        text: its standard input.
    """
    identity: dict[str, Any] = {}
    if as_user is not None:
        groups = ["statemachine"] if as_user == OPERATOR else []
        identity = {"user": as_user, "group": as_user, "extra_groups": groups}
    done = subprocess.run(
        command,
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
        **identity,
    )
    if ok and done.returncode != 0:
        raise Wrong(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


def refused(does: Callable[[], object], what: str) -> None:
    """Fail where a stranger may do something."""
    try:
        does()
    except Wrong:
        return
    raise AssertionError(f"a stranger may {what}")


def systemctl(*arguments: str, ok: bool = True) -> str:
    """``systemctl``, with what it prints."""
    return run("systemctl", "--no-pager", *arguments, ok=ok).stdout


def show(unit: str, *properties: str) -> dict[str, str]:
    """Properties of a unit."""
    lines = systemctl("show", unit, *(f"--property={name}" for name in properties)).splitlines()
    return dict(line.split("=", 1) for line in lines)


def main_pid(machine: str) -> int:
    """The process of a machine, 0 if there is none."""
    return int(show(unit_of(machine), "MainPID")["MainPID"])


def unit_of(machine: str) -> str:
    return f"statemachine@{machine}.service"


def journal(*matches: str) -> list[dict[str, Any]]:
    """Entries of the journal, as maps of their fields."""
    run("journalctl", "--sync")
    lines = run("journalctl", "--output=json", "--all", *matches).stdout.splitlines()
    return [json.loads(line) for line in lines]


def send(machine: str, type: str, *arguments: str, ok: bool = True, as_user: str | None = None) -> str:
    """``statemachine-db send-event``, with what it prints."""
    return run(
        "statemachine-db", "send-event", "--target", machine, "--type", type, *arguments, ok=ok, as_user=as_user
    ).stdout


def database(*arguments: str) -> Any:
    """``statemachine-db … --format json``, as what it means."""
    return json.loads(run("statemachine-db", *arguments, "--format", "json").stdout)


def machine_row(machine: str) -> dict[str, Any]:
    """The machine as ``machine-state`` lists it."""
    rows: list[dict[str, Any]] = database("machine-state", "--machine", machine)
    if not rows:
        raise Wrong(f"there is no row of machine '{machine}'")
    return rows[0]


def until(truth: Callable[[], T | None], what: str, seconds: float = 15) -> T:
    """Look until something is so, and return it. What is looked at has no bell that a driver could wait for."""
    deadline = time.monotonic() + seconds
    while True:
        value, last = None, ""
        try:
            value = truth()
        except Wrong as wrong:
            last = f" ({wrong})"
        if value:
            return value
        if time.monotonic() > deadline:
            raise Wrong(f"waited {seconds:g} s for this: {what}{last}")
        time.sleep(0.02)


def rests(machine: str) -> bool:
    """Whether the machine's unit is at rest: no process, no failure, none to come."""
    state = show(unit_of(machine), "ActiveState", "SubState", "MainPID")
    return state == {"ActiveState": "inactive", "SubState": "dead", "MainPID": "0"}


def define(machine: str, definition: str) -> None:
    """Put a definition where the units look for it."""
    (CONFIGURATION / f"{machine}.yaml").write_text(definition, encoding="utf-8")


def enable(*machines: str) -> None:
    """``systemctl enable --now`` of the machines' sockets."""
    systemctl("enable", "--now", *(f"statemachine@{machine}.socket" for machine in machines))


def drop_in(machine: str, text: str | None) -> None:
    """Give a machine's service a drop-in, or take it away with None."""
    path = DROP_INS / f"{unit_of(machine)}.d" / "test.conf"
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    systemctl("daemon-reload")


def kill(machine: str) -> None:
    """Kill a machine's process, if there is one."""
    run("systemctl", "kill", "--signal=KILL", unit_of(machine), ok=False)


def settled(machine: str) -> dict[str, Any]:
    """The machine's row once nothing is pending and it stands still."""

    def row() -> dict[str, Any] | None:
        found = machine_row(machine)
        return found if found["pending"] == 0 and found["cursor"] == found["list_end"] else None

    return until(row, f"machine '{machine}' has taken up all its events", 30)


def check_database() -> None:
    """``statemachine-db check`` has no complaint."""
    run("statemachine-db", "check")
