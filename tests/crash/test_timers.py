"""P10: a timer is a stored time. The clock is turned in the rows, since a test has no time to wait."""

from __future__ import annotations

import time

import pytest

from crash.stage import Stage

DEFINITION = """\
name: timed
initial_state: idle
events: [sleep, work, worked, hold, wake_up]
transitions:
  - {from: idle, event: sleep, to: sleeping}
  - {from: idle, event: work, to: working}
  - {from: idle, event: hold, to: holding}
  - {from: sleeping, event: wake_up, to: awake}
  - {from: working, event: worked, to: wrong}
  - {from: working, event: error, to: wrong}
  - {from: working, event: timeout(40), to: late}
  - {from: holding, event: timeout(40), to: late}
actions:
  sleeping:
    - {type: sleep, duration: 40}
  working:
    - {type: bash, command: 'echo at work > at-work; exec sleep 60', success: worked}
"""
SECOND = 1_000_000


@pytest.mark.req("P10")
@pytest.mark.req("B6")
@pytest.mark.parametrize(
    ("event", "state", "timer", "after"),
    [("hold", "holding", "timeout(40)", "late"), ("sleep", "sleeping", "action", "awake")],
)
@pytest.mark.parametrize("seconds", [-3600, 1.0])
def test_a_timer_survives_a_kill_and_fires_when_it_is_due(
    stage: Stage, event: str, state: str, timer: str, after: str, seconds: float
) -> None:
    stage.write("timed.yaml", DEFINITION)
    life = stage.live("timed").ready()
    entered = time.time()
    stage.send("timed", event)
    stage.until_state("timed", state)
    life.kill()
    ((name, due),) = stage.rows.ask("SELECT name, due FROM machine_timers")
    assert name == timer
    assert entered + 40 <= due / SECOND <= time.time() + 40
    due = round((time.time() + seconds) * SECOND)
    stage.rows.change("UPDATE machine_timers SET due = ?", due)
    stage.live("timed").ready()
    started = time.time()
    stage.until_state("timed", after)
    fired = stage.rows.changes("timed")[-1].created
    # Not before it is due, and, with a busy host in mind, soon after: not another forty seconds.
    assert due <= fired <= max(due / SECOND, started) * SECOND + 10 * SECOND
    assert stage.rows.ask("SELECT * FROM machine_timers") == []
    stage.check()


@pytest.mark.req("P10")
@pytest.mark.req("P8")
@pytest.mark.req("P12")
def test_a_timer_that_came_due_while_the_machine_was_dead_ends_the_action_s_state(stage: Stage) -> None:
    stage.write("timed.yaml", DEFINITION)
    life = stage.live("timed").ready()
    stage.send("timed", "work")
    stage.until_state("timed", "working")
    life.kill()
    stage.rows.change("UPDATE machine_timers SET due = ?", 1)
    stage.live("timed").ready()
    stage.until_state("timed", "late")
    assert [change.event for change in stage.rows.changes("timed")] == ["start", "work", "timeout(40)"]
    stage.until_rest("timed")
    stage.check()
