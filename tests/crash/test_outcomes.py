"""P8: an action's result counts only in the state entry that started it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crash.stage import Signal, Stage

DEFINITION = """\
name: host
initial_state: idle
events: [work, late, leave, back]
transitions:
  - {from: idle, event: work, to: working}
  - {from: working, event: late, to: wrong}
  - {from: working, event: leave, to: other, interrupt: true}
  - {from: working, event: timeout(0.3), to: other, when: "exists(hurried)"}
  - {from: other, event: late, to: wrong}
  - {from: other, event: error, to: wrong}
  - {from: other, event: back, to: idle}
actions:
  working:
    - {type: stubborn}
"""
# It doesn't heed its cancellation: it takes it as a reason to come back with a result.
STUBBORN = """\
import asyncio
from statemachine_engine.actions import BaseAction

class StubbornAction(BaseAction):
    async def execute(self, context):
        context["touched"] = True
        with open("at-work", "w") as pipe:
            pipe.write(context["action_key"] + "\\n")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            for _ in range({turns}):
                try:
                    await asyncio.sleep({nap})
                except asyncio.CancelledError:
                    pass
        return "late"
"""


@pytest.mark.req("P8")
@pytest.mark.parametrize("why", ["interrupt", "timeout"])
def test_a_result_that_comes_after_its_state_was_left_counts_for_nothing(
    stage: Stage, signal_pipe: Callable[[str], Signal], why: str
) -> None:
    stage.write("host.yaml", DEFINITION)
    stage.write("actions/stubborn_action.py", STUBBORN.format(turns=1, nap=0))
    at_work = signal_pipe("at-work")
    life = stage.live("host", "--initial-context", '{"hurried": true}' if why == "timeout" else "{}").ready()
    stage.send("host", "work")
    assert at_work.line() == "host:2:0\n"
    if why == "interrupt":
        stage.send("host", "leave")
    stage.until_state("host", "other")
    stage.send("host", "back")
    stage.until_state("host", "idle")
    assert "touched" not in stage.rows.context("host")
    assert [change.after for change in stage.rows.changes("host")] == ["idle", "working", "other", "idle"]
    assert life.stop() == 0
    stage.check()


@pytest.mark.req("P8")
def test_an_action_that_won_t_end_is_left_behind_and_its_result_counts_for_nothing(
    stage: Stage, signal_pipe: Callable[[str], Signal]
) -> None:
    stage.write("host.yaml", DEFINITION)
    stage.write("actions/stubborn_action.py", STUBBORN.format(turns=1, nap=1))
    at_work = signal_pipe("at-work")
    life = stage.live("host", env={"CRASH_CANCEL_SECONDS": "0.1"}).ready()
    stage.send("host", "work")
    at_work.line()
    stage.send("host", "leave")
    stage.until_state("host", "other")
    stage.send("host", "back")
    stage.send("host", "work")
    # A second run of it has begun, and the first one comes back meanwhile.
    assert at_work.line() == "host:5:0\n"
    stage.send("host", "leave")
    stage.until_rest("host")
    assert [change.after for change in stage.rows.changes("host")][-2:] == ["working", "other"]
    assert "left behind" in life.words()
    life.kill()
    stage.check()


@pytest.mark.req("C11")
@pytest.mark.parametrize("error", ["TimeoutError", "RuntimeError"])
def test_an_action_that_can_t_even_be_made_fails_and_the_machine_lives_on(stage: Stage, error: str) -> None:
    stage.write("host.yaml", DEFINITION.replace("event: late, to: wrong", "event: error, to: other", 1))
    stage.write("actions/stubborn_action.py", UNMADE.format(error=error))
    life = stage.live("host").ready()
    stage.send("host", "work")
    stage.until_state("host", "other")
    assert stage.rows.context("host")["last_error_action"] == "stubborn"
    assert life.stop() == 0


UNMADE = """\
from statemachine_engine.actions import BaseAction

class StubbornAction(BaseAction):
    def __init__(self, config=None):
        raise {error}("no")

    async def execute(self, context):
        return None
"""
