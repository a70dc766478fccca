"""P12: no child process outlives its action, whatever became of the machine."""

from __future__ import annotations

import os
import select
from collections.abc import Callable

import pytest

from crash.stage import Signal, Stage, wait_gone

DEFINITION = """\
name: parent
initial_state: idle
events: [work, worked]
transitions:
  - {from: idle, event: work, to: working}
  - {from: working, event: error, to: idle}
  - {from: working, event: worked, to: wrong}
actions:
  working:
    - type: bash
      command: |
        sleep 60 & first=$!
        setsid sleep 60 & second=$!
        echo $$ $first $second > at-work
        sleep 60
      success: worked
      timeout: TIMEOUT
"""


def family(line: str) -> list[int]:
    """Handles of the command and the two processes that it left in the background, as it says."""
    return [os.pidfd_open(int(pid)) for pid in line.split()]


@pytest.mark.req("P12")
def test_what_a_killed_machine_left_running_is_gone_after_its_next_start(
    stage: Stage, signal_pipe: Callable[[str], Signal]
) -> None:
    stage.write("parent.yaml", DEFINITION.replace("TIMEOUT", "50"))
    at_work = signal_pipe("at-work")
    stage.send("parent", "work")
    life = stage.live("parent")
    left = family(at_work.line())
    life.kill()
    life = stage.live("parent")
    again = family(at_work.line())
    # They were gone before the second try began.
    assert all(_ended(descriptor) for descriptor in left)
    life.signal(15).told("STOPPING=1").signal(15)
    assert life.end() == 0
    assert wait_gone(left)
    assert wait_gone(again)
    stage.check()


@pytest.mark.req("P12")
@pytest.mark.req("C2")
def test_a_command_that_times_out_leaves_nobody_and_the_machine_goes_on(
    stage: Stage, signal_pipe: Callable[[str], Signal]
) -> None:
    stage.write("parent.yaml", DEFINITION.replace("TIMEOUT", "1"))
    at_work = signal_pipe("at-work")
    stage.send("parent", "work")
    stage.live("parent")
    left = family(at_work.line())
    stage.until_state("parent", "idle")
    assert all(_ended(descriptor) for descriptor in left)
    assert wait_gone(left)
    assert "timed out" in stage.rows.context("parent")["last_error"]
    assert [change.event for change in stage.rows.changes("parent")] == ["start", "work", "error"]
    stage.check()


def _ended(descriptor: int) -> bool:
    """Whether the process of a pidfd has ended."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
