"""An action that takes its process down three times isn't started a fourth time."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from crash.stage import Signal, Stage

DEFINITION = """\
name: ill
initial_state: idle
events: [swallow, count]
transitions:
  - {from: idle, event: swallow, to: swallowing}
  - {from: swallowing, event: error, to: idle}
  - {from: swallowing, event: swallowed, to: wrong}
  - {from: idle, event: count, actions: [{type: add_to_list, list: seen, value: "{event_data.payload.n}"}]}
actions:
  swallowing:
    - {type: poison}
"""
POISON = """\
import os, signal
from statemachine_engine.actions import BaseAction

class PoisonAction(BaseAction):
    async def execute(self, context):
        with open("tries", "a") as file:
            file.write(context["action_key"] + "\\n")
        os.kill(os.getpid(), signal.SIGKILL)
"""
PATIENT = """\
import asyncio
from statemachine_engine.actions import BaseAction

class PoisonAction(BaseAction):
    async def execute(self, context):
        with open("at-work", "w") as pipe:
            pipe.write(context["action_key"] + "\\n")
        await asyncio.sleep(60)
"""


@pytest.mark.req("P6")
@pytest.mark.req("C11")
def test_poison_is_not_swallowed_a_fourth_time(stage: Stage) -> None:
    stage.write("ill.yaml", DEFINITION)
    stage.write("actions/poison_action.py", POISON)
    stage.send("ill", "swallow")
    for _ in range(3):
        assert stage.live("ill").end() == -signal.SIGKILL
    life = stage.live("ill").ready()
    stage.send("ill", "count", '{"n": 1}')
    stage.until(lambda: stage.rows.context("ill").get("seen") == [1], "the machine lives on")
    assert (stage.folder / "tries").read_text().splitlines() == ["ill:2:0"] * 3
    context, errors = stage.rows.context("ill"), stage.rows.errors("ill")
    assert context["last_error_action"] == "poison"
    assert "was started 3 times" in context["last_error"]
    # Each end of a process stands in the history, and the end of the story.
    assert ["ended while poison was at work" in error["error"] for error in errors] == [True, True, True, False]
    assert {error["action_key"] for error in errors} == {"ill:2:0"}
    assert life.stop() == 0
    stage.check()


@pytest.mark.req("B5")
@pytest.mark.req("P6")
def test_orderly_restarts_are_no_poison(stage: Stage, signal_pipe: Callable[[str], Signal]) -> None:
    stage.write("ill.yaml", DEFINITION)
    stage.write("actions/poison_action.py", PATIENT)
    at_work = signal_pipe("at-work")
    stage.send("ill", "swallow")
    for _ in range(5):
        life = stage.live("ill")
        assert at_work.line() == "ill:2:0\n"
        life.signal(signal.SIGTERM).told("STOPPING=1").signal(signal.SIGTERM)
        assert life.end() == 0
        row = stage.rows.machine("ill")
        assert (row["current_state"], row["status"], row["attempts"]) == ("swallowing", "stopped", 0)
    assert stage.rows.errors("ill") == []
    stage.check()
