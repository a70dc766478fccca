"""Rest costs nothing: machines without work have no process, and come back for an event or a timer."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from system.inside.check import check
from system.inside.commands import (
    CONFIGURATION,
    database,
    define,
    enable,
    journal,
    machine_row,
    main_pid,
    rests,
    run,
    send,
    unit_of,
    until,
)
from system.inside.report import say

MANY = [f"many-{number:02}" for number in range(50)]
TEMPLATE = """\
name: one_of_many
initial_state: waiting
idle_exit: 1
transitions:
  - {from: waiting, event: greeted, actions: [{type: add_to_list, list: numbers, value: "{event_data.payload.n}"}]}
"""
ALARM = """\
name: alarm
initial_state: waiting
idle_exit: 1
transitions:
  - {from: waiting, to: armed, event: arm}
  - {from: armed, to: waiting, event: timeout(SECONDS), actions: [{type: add_to_list, list: rings, value: 1}]}
"""
TIMERS = {"near": 14.0, "far": 16.0}  # seconds: for a timer within ten no machine ends
LATEST = 2.0  # seconds that a timer may fire late


@check("J1", vital=True)
def fifty_machines_of_one_template_are_idle_and_none_has_a_process() -> None:
    template = CONFIGURATION / "template.yaml"
    template.write_text(TEMPLATE, encoding="utf-8")
    for machine in MANY:
        (CONFIGURATION / f"{machine}.yaml").symlink_to(template.name)
    began = time.monotonic()
    enable(*MANY)
    say(f"{len(MANY)} machines of one template enabled in {time.monotonic() - began:.1f} s")
    assert _running() == [], "a machine that had no event runs"


@check("J1", "E3")
def one_event_each_and_all_fifty_answer() -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(len(MANY)) as senders:
        list(senders.map(lambda machine: send(machine, "greeted", "--payload", '{"n": 1}'), MANY))
    until(lambda: all(row["context"].get("numbers") == [1] for row in _rows()), "all have taken their event", 60)
    took = time.monotonic() - began
    starts = [_start_time(row) for row in _rows()]
    say(
        f"{len(MANY)} machines at rest, one event each: at the same time: all answered within {took:.1f} s; "
        f"from the start of the unit to the transition {_spread(starts)}"
    )


@check("J1")
def they_end_by_themselves_and_a_second_event_brings_them_back() -> None:
    until(lambda: _running() == [], "all have ended", 60)
    assert [machine for machine in MANY if not rests(machine)] == []
    free = _available()
    memory = []
    for machine in MANY[:5]:
        assert "processed" in send(machine, "greeted", "--payload", '{"n": 2}', "--wait")
        memory.append(_memory(main_pid(machine)))
        assert machine_row(machine)["context"]["numbers"] == [1, 2]
    say(f"memory of a machine that has just answered (PSS): {_spread(memory, 'MiB', 1)}")
    say(f"{len(MANY)} machines at rest: no process; memory of the whole system that is free then: {free:.0f} MiB")


@check("B6", "J1")
def timers_that_are_due_while_no_process_runs_fire_in_time_the_nearer_one_first() -> None:
    for machine, seconds in TIMERS.items():
        define(machine, ALARM.replace("alarm", machine).replace("SECONDS", str(seconds)))
        enable(machine)
        send(machine, "arm", "--wait")
    due = {machine: _instant(machine_row(machine)["next_due"]) for machine in TIMERS}
    for machine in TIMERS:
        until(partial(rests, machine), f"'{machine}' has ended", min(TIMERS.values()) - 2)
    for machine in TIMERS:
        until(partial(_has_rung, machine), f"the timer of '{machine}' has fired", max(TIMERS.values()) + 5)
        fired = _instant(database("transition-history", "--machine", machine, "--limit", "1")[0]["created"])
        late = fired - due[machine]
        say(f"a timer that was due while no process ran fired {late:.2f} s late")
        assert 0 <= late < LATEST, late


def _has_rung(machine: str) -> bool:
    rings: list[int] = machine_row(machine)["context"].get("rings", [])
    return rings == [1]


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _rows() -> list[dict[str, Any]]:
    rows = database("machine-state", "--limit", "1000")
    return [row for row in rows if row["machine"] in MANY]


def _running() -> list[str]:
    said = run("systemctl", "list-units", "--no-legend", "--plain", "statemachine@many-*.service").stdout
    active = [line.split()[0] for line in said.splitlines()]
    return [unit for unit in active if unit in {unit_of(machine) for machine in MANY}]


def _start_time(row: dict[str, Any]) -> float:
    """Milliseconds from the start of the unit, as systemd tells it, to the machine's first transition."""
    machine = row["machine"]
    taken = [e for e in database("transition-history", "--machine", machine) if e["event"] == "greeted"][-1]
    begun = journal(f"UNIT=statemachine@{machine}.service", "JOB_TYPE=start")[0]
    return _instant(taken["created"]) * 1000 - int(begun["__REALTIME_TIMESTAMP"]) / 1000


def _memory(pid: int) -> float:
    """Proportional set size, in MiB."""
    return _field(f"/proc/{pid}/smaps_rollup", "Pss")


def _available() -> float:
    return _field("/proc/meminfo", "MemAvailable")


def _field(path: str, name: str) -> float:
    """A field of a file of the kernel's that counts in kB, in MiB."""
    lines = Path(path).read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def _spread(values: list[float], unit: str = "ms", digits: int = 0) -> str:
    least, most = min(values), max(values)
    return f"median {statistics.median(values):.{digits}f} {unit} ({least:.{digits}f} to {most:.{digits}f})"
