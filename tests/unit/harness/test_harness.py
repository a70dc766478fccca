"""The harness that users test their definitions with."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from statemachine_engine.errors import ActionError, StateMachineError
from statemachine_engine.testing import BEGIN, Harness, Moved, Restless, Sent, Unfaked

WORKER = """
name: worker
initial_state: waiting
transitions:
  - {from: waiting, to: working, event: new_job}
  - {from: working, to: waiting, event: job_done}
  - {from: working, to: failed, event: error}
  - {from: working, to: late, event: timeout(60)}
  - {from: [failed, late], to: waiting, event: again}
  - {from: working, to: waiting, event: halt, interrupt: true}
actions:
  waiting: [{type: check_database_queue}]
  working:
    - {type: log, message: "at {job_id}"}
    - {type: bash, command: "convert {current_job.payload.file}", success: job_done}
  failed:
    - {type: send_event, target_machine: boss, event_type: failed, payload: {why: "{last_error}"}}
"""

pytestmark = pytest.mark.req("I3")


def test_a_machine_is_driven_through_its_jobs() -> None:
    with Harness(WORKER, fakes={"bash": {"event": "job_done", "context": {"size": 3}}}) as machine:
        assert machine.state == "waiting"
        machine.add_job("j1", "images", {"file": "a b.png"})
        machine.add_job("j2", "images", {"file": "c.png"})
        assert {id: job.status for id, job in machine.jobs.items()} == {"j1": "completed", "j2": "completed"}
        assert machine.log == ["at j1", "at j2"]
        assert [call.config["command"] for call in machine.calls] == ["convert a b.png", "convert c.png"]
        assert len({call.action_key for call in machine.calls}) == 2
        assert machine.context["size"] == 3
        assert machine.history[:2] == [Moved("waiting", "new_job", "working"), Moved("working", "job_done", "waiting")]


def test_a_failure_is_what_the_fake_says_and_the_machine_tells_its_boss() -> None:
    with Harness(WORKER) as machine:
        machine.fake("bash", error="no space left", state="working")
        machine.add_job("j", "images", {"file": "a"})
        assert (machine.state, machine.errors) == ("failed", ["no space left"])
        assert machine.sent == [Sent(target="boss", type="failed", payload={"why": "no space left"}, job_id="j")]
        machine.send("again")
        assert (machine.jobs["j"].status, machine.jobs["j"].error) == ("failed", "no space left")


def test_a_fake_tells_how_far_the_job_has_come_and_a_later_try_finds_it() -> None:
    text = WORKER.replace("{current_job.payload.file}", "{job_progress}")
    with Harness(text, fakes={"bash": {"seconds": 30, "progress": 40}}) as machine:
        machine.add_job("j", "images")
        assert machine.jobs["j"].progress == 40
        machine.restart(killed=True)
        assert [call.config["command"] for call in machine.calls] == ["convert 0", "convert 40"]
        machine.advance(30)
        assert machine.jobs["j"].progress == 100


def test_progress_without_a_job_is_heard_by_nobody_and_nonsense_is_refused() -> None:
    with Harness(WORKER, fakes={"bash": {"progress": 40}}) as machine:
        machine.send("new_job")
        assert (machine.state, machine.errors) == ("waiting", [])
        with pytest.raises(ActionError, match="a number from 0 to 100"):
            machine.fake("bash", progress=101)


@pytest.mark.parametrize("type", ["", "x" * 129, "a\nb"])
def test_an_event_that_no_machine_takes_is_refused_as_a_sender_is(type: str) -> None:
    with Harness(WORKER) as machine, pytest.raises(StateMachineError, match="'type' must be a text of 1 to 128"):
        machine.send(type)


def test_time_passes_only_when_the_test_says_so_and_things_happen_in_their_order() -> None:
    with Harness(WORKER) as machine:
        machine.fake("bash", event="job_done", seconds=30)
        machine.fake("bash", event="job_done", seconds=90, times=1)
        machine.add_job("slow", "images")
        machine.add_job("quick", "images")
        assert (machine.state, machine.timers, machine.now) == ("working", {"timeout(60)": 60.0}, BEGIN)
        assert machine.send("again") == "pending"
        machine.advance(59.9)
        assert machine.state == "working"
        machine.advance(0.1)  # the timeout interrupts the slow one; "again" was waiting, and leads to the quick one
        assert [moved.event for moved in machine.history] == ["new_job", "timeout(60)", "again", "new_job"]
        machine.advance(30)
        assert machine.jobs["quick"].status == "completed"
        assert machine.now == BEGIN + timedelta(seconds=90)


def test_an_event_interrupts_an_action_that_is_at_work() -> None:
    with Harness(WORKER) as machine:
        machine.fake("bash", event="job_done", seconds=30)
        machine.add_job("j", "images")
        assert machine.send("halt") == "processed"
        machine.advance(31)
        assert [moved.event for moved in machine.history] == ["new_job", "halt"]


def test_retries_come_at_their_times() -> None:
    text = "initial_state: a\ntransitions: [{from: a, to: b, event: ok}]\nactions:\n  a: [{type: bash, command: x, "
    text += "success: ok, retry: {max: 3, backoff: 10, factor: 2, jitter: 0}}]\n"
    with Harness(text, fakes={"bash": {"event": "ok"}}) as machine:
        assert machine.state == "b"
    fakes = {"bash": {"error": "not yet", "times": 2}}
    with Harness(text, fakes=fakes) as machine:
        machine.fake("bash", event="ok")
        assert (machine.state, len(machine.calls)) == ("a", 1)
    with Harness(text, fakes={"bash": {"error": "never"}}) as machine:
        machine.advance(9)
        assert len(machine.calls) == 1
        machine.advance(100)
        assert (len(machine.calls), len(machine.errors)) == (4, 4)
        assert len({call.action_key for call in machine.calls}) == 1


def test_what_would_touch_the_world_is_refused_with_what_to_say() -> None:
    with (
        Harness(WORKER) as machine,
        pytest.raises(Unfaked, match=r"machine\.yaml:15:7: in state 'working'.*fake\('bash'"),
    ):
        machine.add_job("j", "images")


def test_commands_run_where_the_test_wants_that() -> None:
    with Harness(WORKER.replace("convert", "echo"), commands=True) as machine:
        machine.add_job("j", "images", {"file": "out"})
        assert (machine.state, machine.context["last_output"]) == ("waiting", "out")


def test_custom_actions_run_as_they_are_unless_they_are_faked(tmp_path: Path) -> None:
    (tmp_path / "actions").mkdir()
    code = "from statemachine_engine.actions import BaseAction\nclass AddAction(BaseAction):\n"
    code += "    async def execute(self, context):\n        context['sum'] = context['a'] + 1\n        return 'ok'\n"
    (tmp_path / "actions/add_action.py").write_text(code)
    (tmp_path / "m.yaml").write_text(
        "initial_state: s\ntransitions: [{from: s, to: t, event: ok}]\nactions: {s: [{type: add}]}\n"
    )
    with Harness(tmp_path / "m.yaml", context={"a": 1}) as machine:
        assert (machine.state, machine.context["sum"]) == ("t", 2)
    with Harness(tmp_path / "m.yaml", fakes={"add": {"event": "other"}}) as machine:
        assert (machine.state, "sum" in machine.context) == ("s", False)


def test_other_machines_are_what_the_test_says() -> None:
    text = """
initial_state: look
transitions: [{from: look, to: go, event: in_expected_state}, {from: look, to: none, event: not_running}]
actions:
  look: [{type: check_machine_state, target_machine: disk, expected_states: [ready], timeout_seconds: 5}]
"""
    with Harness(text) as machine:
        machine.other_machine("disk", "busy")
        machine.advance(1)
        machine.other_machine("disk", "ready")
        assert machine.state == "go"


def test_a_restart_goes_on_and_may_bring_another_definition() -> None:
    with Harness(WORKER) as machine:
        machine.fake("bash", event="job_done", seconds=30)
        machine.add_job("j", "images")
        machine.restart(killed=True)
        machine.advance(20)
        machine.restart()
        assert len({call.action_key for call in machine.calls}) == 1
        assert len(machine.calls) == 3
        machine.restart(WORKER.replace("to: waiting, event: job_done", "to: failed, event: job_done"))
        machine.advance(30)
        assert machine.state == "failed"
        with pytest.raises(StateMachineError, match=r"which machine\.yaml no longer has"):
            machine.restart("initial_state: waiting\n")


def test_a_final_state_ends_it_and_what_it_sends_itself_is_taken() -> None:
    text = """
initial_state: a
final: [z]
transitions: [{from: a, to: b, event: go}, {from: b, to: z, event: own}]
actions: {b: [{type: send_event, target_machine: me, event_type: own, delay: 10}]}
"""
    with Harness(text, name="me") as machine:
        assert (machine.send("nonsense"), machine.ignored) == ("ignored", ["nonsense"])
        machine.send("go")
        (sent,) = machine.sent
        assert sent.due == BEGIN + timedelta(seconds=10)
        assert not machine.finished
        machine.advance(10)
        assert machine.finished


def test_a_circle_is_told_from_a_machine_that_takes_long() -> None:
    text = "initial_state: a\ntransitions: [{from: a, to: b, event: e}, {from: b, to: a, event: e}]\n"
    text += "actions: {a: [{type: emit, event: e}], b: [{type: emit, event: e}]}\n"
    with pytest.raises(Restless, match="in a circle"):
        Harness(text)


def test_what_a_test_can_not_mean_is_refused() -> None:
    with Harness(WORKER, fakes={"bash": {"event": "job_done"}}) as machine:
        with pytest.raises(ValueError, match="time doesn't go back"):
            machine.advance(-1)
        assert machine.now == BEGIN
        with pytest.raises(StateMachineError, match="there is no job 'j1'"):
            machine.finish_job("j1")
        machine.add_job("j1", "images")
        with pytest.raises(StateMachineError, match="job 'j1' is completed already"):
            machine.finish_job("j1", error="broken")


def test_within_an_event_loop_an_action_that_really_runs_is_refused_in_words() -> None:
    async def test() -> None:
        with Harness(WORKER.replace("convert {current_job.payload.file}", "true"), commands=True) as machine:
            machine.add_job("j1", "images")

    with pytest.raises(StateMachineError, match="bash needs an event loop of its own"):
        asyncio.run(test())


WITH_SUCCESS = """initial_state: making
transitions:
  - {from: making, to: made, event: built}
  - {from: made, to: making, event: again}
actions:
  making:
    - {type: bash, command: make, success: "built"}
"""


def test_a_faked_action_that_succeeds_emits_what_the_definition_says() -> None:
    with Harness(WITH_SUCCESS, fakes={"bash": {}}) as machine:
        assert machine.state == "made"


def test_a_faked_action_may_emit_nothing() -> None:
    with Harness(WITH_SUCCESS, fakes={"bash": {"event": ""}}) as machine:
        assert machine.state == "making"


def test_a_failed_assertion_shows_where_the_machine_is_and_what_failed() -> None:
    with Harness(WITH_SUCCESS, name="maker", fakes={"bash": {"error": "no space left"}}) as machine:
        assert repr(machine) == "<maker in 'making', errors: ['no space left']>"
