"""Machines that start machines: as units, by the child's socket or by polkit's leave; without either as a process."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from system.inside.check import check
from system.inside.commands import (
    CONFIGURATION,
    define,
    enable,
    journal,
    kill,
    machine_row,
    main_pid,
    send,
    show,
    unit_of,
    until,
)

RULES = Path("/usr/share/doc/statemachine/examples/polkit/60-statemachine.rules")
PARENT = """\
name: parent
initial_state: waiting
transitions:
  - {from: waiting, to: starting, event: go}
  - {from: starting, to: waiting, event: fsm_finished}
  - {from: starting, to: waiting, event: fsm_failed}
  - {from: starting, to: waiting, event: fsm_already_running}
  - {from: starting, to: waiting, event: error}
actions:
  starting:
    - type: start_fsm
      machine_name: "{event_data.payload.child}"
      context_vars: ["event_data.payload.number as number"]
      wait: true
"""
CHILD = """\
name: child
initial_state: working
transitions:
  - {from: working, to: done, event: job_done}
final: [done]
actions:
  working:
    - type: bash
      command: |
        [ {number} != 3 ] || [ -e again ] || { touch again; sleep 60; }
        echo number {number}; sed -n '$s/.*\\///p' /proc/self/cgroup
"""
CHILDREN = ("woken", "refused", "allowed", "restarted")


def _start(child: str, number: int) -> None:
    send("parent", "go", "--payload", f'{{"child": "{child}", "number": {number}}}')


def _result(child: str) -> dict[str, Any]:
    """What the parent says of the child, once it has ended."""

    def found() -> dict[str, Any] | None:
        row = machine_row("parent")
        result = row["context"].get("fsm_result")
        ended = row["state"] == "waiting" and result is not None and result["machine"] == child
        return result if ended else None

    return until(found, f"the end of '{child}'", 30)


def _refusals(child: str) -> list[str]:
    said = [entry["MESSAGE"] for entry in journal("--unit=statemachine@parent")]
    return [text for text in said if f"'{child}' can't be started as a unit" in text]


@check("C7", vital=True)
def a_child_whose_socket_is_enabled_is_woken_and_nobody_is_asked() -> None:
    define("parent", PARENT)
    (CONFIGURATION / "child.yaml").write_text(CHILD, encoding="utf-8")
    for child in CHILDREN:
        (CONFIGURATION / f"{child}.yaml").symlink_to("child.yaml")
    enable("parent", "woken")
    _start("woken", 1)
    result = _result("woken")
    assert (result["status"], result["state"]) == ("finished", "done"), result
    assert result["context"]["last_output"] == "number 1\nstatemachine@woken.service", result
    assert _refusals("woken") == []


@check("C7")
def where_polkit_refuses_the_child_runs_as_a_process_of_its_own() -> None:
    _start("refused", 1)
    result = _result("refused")
    assert result["context"]["last_output"] == "number 1\nstatemachine@parent.service", result
    assert len(_refusals("refused")) == 1, _refusals("refused")
    said = journal("STATEMACHINE_MACHINE=refused")
    assert {entry["_SYSTEMD_UNIT"] for entry in said} == {"statemachine@parent.service"}, said


@check("C7", vital=True)
def by_the_rule_of_the_package_the_child_is_started_as_a_unit() -> None:
    shutil.copy(RULES, "/etc/polkit-1/rules.d/")

    def allowed() -> bool:
        """polkit has its own time to read the rule."""
        _start("allowed", 2)
        return "statemachine@allowed.service" in _result("allowed")["context"]["last_output"]

    until(allowed, "polkit's leave", 30)
    result = _result("allowed")
    assert result["context"]["last_output"] == "number 2\nstatemachine@allowed.service", result
    assert result["status"] == "finished", result
    until(lambda: show(unit_of("allowed"), "ActiveState")["ActiveState"] == "inactive", "its end")


@check("C7", "B6")
def a_unit_that_is_killed_is_started_again_and_its_parent_waits_for_its_end() -> None:
    _start("restarted", 3)
    until(lambda: Path("/var/lib/statemachine/machines/restarted/again").exists(), "the child is at work")
    pid = main_pid("restarted")
    assert pid, "it is no unit"
    kill("parent")
    kill("restarted")
    result = _result("restarted")
    assert (result["status"], result["context"]["number"]) == ("finished", 3), result
    assert show(unit_of("restarted"), "Result")["Result"] == "success"
