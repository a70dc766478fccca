"""P7: one live process a machine, and one that lost its lock stores nothing."""

from __future__ import annotations

import os

import pytest

from crash.life import Life
from crash.stage import Stage
from statemachine_internal.control.client import Connection
from statemachine_internal.control.delivery import ACCEPTED
from statemachine_internal.control.envelope import encode_message
from statemachine_internal.control.outcomes import Unreachable
from statemachine_internal.runtime.lock import lock_path

DEFINITION = """\
name: counter
initial_state: idle
events: [count, work, worked]
transitions:
  - {from: idle, event: count, actions: [{type: add_to_list, list: seen, value: "{event_data.payload.n}"}]}
  - {from: idle, event: work, to: working}
  - {from: working, event: worked, to: idle}
  - {from: working, event: error, to: idle}
actions:
  working:
    - {type: bash, command: 'echo at work > at-work; exec sleep 60', success: worked}
"""
TAKEN_OVER = "statemachine: machine 'counter' was taken over by another process; this process stored nothing and ends"


def lose_lock(stage: Stage) -> Life:
    """Take the lock's file away from the process that holds it, and start another one."""
    os.unlink(lock_path("counter"))
    return stage.live("counter").ready()


@pytest.mark.req("P7")
@pytest.mark.req("B7")
def test_of_two_processes_started_at_once_one_is_refused_and_the_other_serves(stage: Stage) -> None:
    stage.write("counter.yaml", DEFINITION)
    for turn in range(3):
        both = [stage.live("counter"), stage.live("counter")]
        stage.until(lambda both=both: any(life.process.poll() is not None for life in both), "one refused")  # type: ignore[misc]
        (refused,) = [life for life in both if life.process.poll() is not None]
        (serving,) = [life for life in both if life is not refused]
        assert refused.end() == 1
        serving.ready()
        # What it says depends on whether the other one had written its number yet.
        (line,) = refused.words().splitlines()
        assert line.startswith("statemachine: machine 'counter' is already running"), line
        assert stage.send("counter", "count", '{"n": 1}').how == ACCEPTED
        assert stage.rows.machine("counter")["epoch"] == turn + 1
        assert serving.stop() == 0


@pytest.mark.req("P7")
@pytest.mark.req("B7")
def test_a_later_process_is_refused_by_name_and_number(stage: Stage) -> None:
    stage.write("counter.yaml", DEFINITION)
    first = stage.live("counter").ready()
    second = stage.live("counter")
    assert second.end() == 1
    (line,) = second.words().splitlines()
    assert f"already running (pid {first.pid})" in line
    assert stage.send("counter", "count", '{"n": 1}').how == ACCEPTED


@pytest.mark.req("P7")
@pytest.mark.parametrize("event", ["count", "ignored"])
def test_a_process_that_lost_its_lock_accepts_nothing_and_ends(stage: Stage, event: str) -> None:
    stage.write("counter.yaml", DEFINITION)
    first = stage.live("counter").ready()
    with Connection(stage.socket("counter"), timeout=30) as connection:
        assert connection.send_nowait(encode_message("count", {"n": 1}, source="test"))
        assert connection.receive().ok
        second = lose_lock(stage)
        assert connection.send_nowait(encode_message(event, {"n": 2}, source="test"))
        with pytest.raises(Unreachable) as gone:
            connection.receive()
    assert gone.value.reason == "closed"
    assert first.end() == 1
    assert first.words().splitlines()[-1] == TAKEN_OVER
    # The second one's socket is where it was, and what the first one was sent is nowhere.
    assert stage.send("counter", "count", '{"n": 3}').how == ACCEPTED
    assert stage.rows.context("counter")["seen"] == [1, 3]
    assert [event.payload["n"] for event in stage.rows.events("counter")] == [1, 3]
    assert second.stop() == 0
    stage.check()


@pytest.mark.req("P7")
@pytest.mark.req("P12")
def test_a_process_that_lost_its_lock_at_work_stores_no_outcome(stage: Stage) -> None:
    stage.write("counter.yaml", DEFINITION)
    at_work = stage.folder / "at-work"
    os.mkfifo(at_work)
    pipe = os.open(at_work, os.O_RDWR)
    try:
        first = stage.live("counter").ready()
        stage.send("counter", "work")
        assert os.read(pipe, 100) == b"at work\n"
        second = lose_lock(stage)
        # Its command was ended by the start of the second one: that is the outcome that it may not store.
        assert first.end() == 1
        assert first.words().splitlines()[-1] == TAKEN_OVER
        assert os.read(pipe, 100) == b"at work\n"
        row = stage.rows.machine("counter")
        assert (row["current_state"], row["epoch"], row["attempts"]) == ("working", 2, 2)
        # SIGTERM twice: the command would take a minute.
        second.signal(15).told("STOPPING=1").signal(15)
        assert second.end() == 0
    finally:
        os.close(pipe)
    stage.check()
