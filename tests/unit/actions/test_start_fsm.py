from __future__ import annotations

import json
from typing import Any

import pytest

from statemachine_internal.actions.child_start import START, first_context, last_context
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import Child, End
from statemachine_internal.actions.start_fsm import StartFsmAction
from statemachine_internal.errors import ActionError
from statemachine_internal.store.protocol import EventStatus, MachineStatus, Process
from unit.actions.surroundings import NOW, SECOND, Surroundings

CONFIG: dict[str, Any] = {"type": "start_fsm", "machine_name": "child", "config": "child.yaml"}
WAITS = {**CONFIG, "wait": True}
KEY = "worker:7:0"
CHILD = Child(name="child", action_key=KEY, config="child.yaml")
IN_A_MINUTE = Outcome(waits_for={"machine": "child"}, wait_until=NOW + 60 * SECOND)
WAITING = Outcome(waits_for={"machine": "child"})
STARTED = Outcome(event="fsm_started", changes={"fsm_machine": "child"})


def wish(around: Surroundings) -> dict[str, Any]:
    """The payload of the one wish in the child's inbox."""
    (event,) = around.inbox("child")
    assert (event.type, event.source) == (START, "worker")
    payload: dict[str, Any] = json.loads(event.payload)
    return payload


def begin(
    around: Surroundings,
    state: str = "working",
    status: MachineStatus = MachineStatus.RUNNING,
    *,
    alive: bool = True,
    process: Process | None = None,
    **context: Any,
) -> None:
    """What the child's first transaction does, and perhaps its last."""
    if around.store.machine("child") is None:
        around.machine("child", state)
    (event,) = around.inbox("child")
    with around.store.transaction():
        around.store.settle(event.id, EventStatus.PROCESSED, NOW)
    stands(around, state, status, alive=alive, process=process, **first_context(event), **context)


def stands(
    around: Surroundings,
    state: str,
    status: MachineStatus,
    *,
    alive: bool = True,
    process: Process | None = None,
    **context: Any,
) -> None:
    """The child's row and lock."""
    around.store._cursor.execute(
        "UPDATE machine_state SET current_state = ?, status = ?, context = ?, pid = ?, boot_id = '', invocation_id = ?",
        (
            state,
            status.value,
            json.dumps(context),
            None if process is None else process.pid,
            None if process is None else process.invocation_id,
        ),
    )
    (around.alive.add if alive else around.alive.discard)("child")


@pytest.mark.req("C7")
def test_a_child_that_never_ran_is_wished_for_and_started(around: Surroundings) -> None:
    around.context = {"order": {"id": 3}, "size": "L", "left": "out"}
    config = {**CONFIG, "context_vars": ["size", "order.id as order_id", {"text": "order {order.id}"}]}
    assert around.perform(config) == IN_A_MINUTE
    assert wish(around) == {
        "action_key": KEY,
        "asked": NOW,
        "context": {"size": "L", "order_id": 3, "text": "order 3"},
    }
    assert around.children.started == [CHILD]


@pytest.mark.req("C7")
def test_context_vars_may_be_a_map_and_the_name_may_hold_placeholders(around: Surroundings) -> None:
    around.context = {"job_id": "j1", "path": ["a", "b"]}
    around.perform({"type": "start_fsm", "machine": "child_{job_id}", "context_vars": {"first": "{path.0}", "n": 1}})
    (event,) = around.inbox("child_j1")
    assert json.loads(event.payload)["context"] == {"first": "a", "n": 1}
    assert around.children.started == [Child(name="child_j1", action_key=KEY)]


@pytest.mark.req("C7")
@pytest.mark.req("P6")
def test_another_try_of_the_action_wishes_no_second_time_and_starts_what_has_not_begun(around: Surroundings) -> None:
    around.perform(CONFIG)
    around.now += SECOND
    assert around.perform(CONFIG, due=NOW + 60 * SECOND) == IN_A_MINUTE
    assert wish(around)["asked"] == NOW
    assert around.children.started == [CHILD, CHILD]


@pytest.mark.req("C7")
def test_without_wait_it_goes_on_when_the_child_has_begun(around: Surroundings) -> None:
    around.perform(CONFIG)
    begin(around)
    assert around.perform(CONFIG) == STARTED
    assert around.perform({**CONFIG, "success": "go"}).event == "go"


@pytest.mark.req("C7")
def test_a_child_that_is_through_by_then_has_begun_too(around: Surroundings) -> None:
    around.perform(CONFIG)
    begin(around, "done", MachineStatus.FINISHED, alive=False)
    assert around.perform(CONFIG) == STARTED
    stands(around, "working", MachineStatus.RUNNING)  # in a later run
    assert around.perform(CONFIG) == STARTED


@pytest.mark.req("C7")
@pytest.mark.req("P9")
def test_with_wait_it_parks_and_watches_the_childs_process(around: Surroundings) -> None:
    around.perform(WAITS)
    begin(around, process=Process(pid=77, boot_id=""))
    assert around.perform(WAITS) == WAITING
    assert around.children.watched == [("child", 77)]
    assert around.children.started == [CHILD]


@pytest.mark.req("C7")
def test_with_wait_the_result_of_the_child_is_seen(around: Surroundings) -> None:
    around.perform(WAITS)
    begin(around, "done", MachineStatus.FINISHED, alive=False, answer=42)
    result = {"machine": "child", "state": "done", "status": "finished", "context": {"answer": 42}, "error": None}
    changes = {"fsm_machine": "child", "fsm_result": result}
    assert around.perform(WAITS) == Outcome(event="fsm_finished", changes=changes)
    assert around.perform({**WAITS, "expected_states": "done"}).event == "fsm_finished"
    assert around.perform({**WAITS, "success": "through"}).event == "through"
    assert around.perform({**WAITS, "expected_states": ["good"]}) == Outcome(event="fsm_failed", changes=changes)
    assert around.perform({**WAITS, "expected_states": ["good"], "failed": "bad"}).event == "bad"
    assert around.children.started == [CHILD]


@pytest.mark.req("C7")
@pytest.mark.parametrize(("stored", "told"), [(MachineStatus.RUNNING, "died"), (MachineStatus.STOPPED, "stopped")])
def test_a_child_that_ends_before_its_end_has_failed(around: Surroundings, stored: MachineStatus, told: str) -> None:
    around.perform(WAITS)
    begin(around, status=stored, alive=False)
    around.children.ends["child"] = End(how="its process was killed by signal 9", unit=False)
    outcome = around.perform(WAITS)
    assert outcome.event == "fsm_failed"
    assert outcome.changes["fsm_result"] == {
        "machine": "child",
        "state": "working",
        "status": told,
        "context": {},
        "error": "its process was killed by signal 9",
    }


@pytest.mark.req("C7")
def test_a_child_whose_process_is_about_to_be_seen_ending_is_not_started_again(around: Surroundings) -> None:
    around.perform(WAITS)
    begin(around, alive=False)
    around.children.held.add("child")
    assert around.perform(WAITS) == WAITING
    assert around.children.started == [CHILD]


@pytest.mark.req("C7")
@pytest.mark.req("P6")
def test_a_child_that_died_while_its_parent_was_away_goes_on(around: Surroundings) -> None:
    around.perform(WAITS)
    begin(around, alive=False)
    assert around.perform(WAITS) == WAITING
    assert around.children.started == [CHILD, CHILD]
    assert around.inbox("child") == []


@pytest.mark.req("C7")
def test_a_unit_that_died_is_left_to_systemd(around: Surroundings) -> None:
    around.perform(WAITS)
    begin(around, alive=False)
    around.children.ends["child"] = End(how="its process ended", unit=True)
    assert around.perform(WAITS) == WAITING
    assert around.children.started == [CHILD]


@pytest.mark.req("C7")
def test_a_run_whose_place_another_one_took_is_gone(around: Surroundings) -> None:
    around.perform(WAITS)
    begin(around)
    stands(around, "working", MachineStatus.RUNNING, started_by={"machine": "other", "action_key": "other:1:0"})
    outcome = around.perform(WAITS)
    assert outcome.event == "fsm_failed"
    assert outcome.changes["fsm_result"] == {
        "machine": "child",
        "state": None,
        "status": "gone",
        "context": {},
        "error": "a later run took its place",
    }


@pytest.mark.req("C7")
def test_the_wait_ends_with_its_time(around: Surroundings) -> None:
    config = {**WAITS, "timeout_seconds": 90}
    assert around.perform(config) == IN_A_MINUTE
    begin(around)
    around.now += 10 * SECOND
    deadline = NOW + 90 * SECOND
    assert around.perform(config) == Outcome(waits_for={"machine": "child"}, wait_until=deadline)
    around.now = deadline
    assert around.perform(config, due=deadline) == Outcome(event="fsm_timed_out", changes={"fsm_machine": "child"})
    assert around.perform({**config, "timed_out": "late"}, due=deadline).event == "late"


@pytest.mark.req("C7")
def test_a_child_that_does_not_begin_in_time_is_wished_for_no_more(around: Surroundings) -> None:
    config = {**WAITS, "timeout_seconds": 5}
    around.perform(config)
    around.now += 5 * SECOND
    assert around.perform(config, due=around.now) == Outcome(event="fsm_timed_out", changes={"fsm_machine": "child"})
    assert around.inbox("child") == []
    assert around.event_rows("status", "error") == [("ignored", "it was not begun in time")]


@pytest.mark.req("C7")
@pytest.mark.parametrize("keys", [{}, {"timeout_seconds": 5}, {"wait": True}])
def test_without_a_limit_of_its_own_a_start_that_takes_too_long_is_a_failure(
    around: Surroundings, keys: dict[str, Any]
) -> None:
    due = around.perform({**CONFIG, **keys}).wait_until
    assert due is not None
    around.now = due
    with pytest.raises(ActionError, match="'child' did not begin in time"):
        around.perform({**CONFIG, **keys}, due=due)


@pytest.mark.req("C7")
def test_a_process_that_ends_before_the_child_has_begun_is_a_failure_and_may_be_tried_again(
    around: Surroundings,
) -> None:
    around.perform(CONFIG)
    around.children.ends["child"] = End(how="its process ended with status 78", unit=False)
    around.alive.add("child")  # somebody else runs it, and is about to take the wish
    assert around.perform(CONFIG, due=NOW + SECOND).event is None
    around.alive.discard("child")
    action = StartFsmAction(CONFIG)
    # As in a turn, whose transaction goes on after a failure.
    with around.store.transaction(), pytest.raises(ActionError, match=r"did not begin: .* status 78; see its log"):
        action.perform(around.scope(NOW + SECOND))
    assert around.inbox("child") == []
    around.children.ends.clear()
    assert around.perform(CONFIG, due=NOW - SECOND) == IN_A_MINUTE  # its `retry`
    assert wish(around)["action_key"] == KEY


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("status", "alive", "process"),
    [
        (MachineStatus.RUNNING, True, Process(pid=1, boot_id="")),
        (MachineStatus.WAITING, False, None),  # at rest, by idle_exit
        (MachineStatus.RUNNING, False, Process(pid=1, boot_id="", invocation_id="x")),  # a unit that is restarted
    ],
)
def test_a_machine_in_the_middle_of_another_run_is_left_alone(
    around: Surroundings, status: MachineStatus, alive: bool, process: Process | None
) -> None:
    around.machine("child")
    stands(around, "working", status, alive=alive, process=process)
    assert around.perform(WAITS) == Outcome(event="fsm_already_running", changes={"fsm_machine": "child"})
    assert around.perform({**CONFIG, "already_running": "busy"}).event == "busy"
    assert (around.children.started, around.inbox("child")) == ([], [])


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("status", "alive", "process"),
    [
        (MachineStatus.FINISHED, False, None),
        (MachineStatus.FINISHED, True, Process(pid=1, boot_id="")),  # on its way out
        (MachineStatus.STOPPED, False, None),
        (MachineStatus.RUNNING, False, Process(pid=1, boot_id="")),  # killed, and nobody starts it again
    ],
)
def test_what_is_left_of_an_earlier_run_is_no_obstacle(
    around: Surroundings, status: MachineStatus, alive: bool, process: Process | None
) -> None:
    around.machine("child")
    stands(around, "done", status, alive=alive, process=process, started_by={"action_key": "worker:3:0"})
    assert around.perform(WAITS) == IN_A_MINUTE
    assert around.children.started == [CHILD]


@pytest.mark.req("C7")
def test_a_machine_that_began_at_the_same_instant_passes_over_the_wish(around: Surroundings) -> None:
    around.perform(WAITS)
    (event,) = around.inbox("child")
    with around.store.transaction():
        around.store.settle(event.id, EventStatus.IGNORED, NOW, "no transition takes it")
    assert around.perform(WAITS).event == "fsm_already_running"


def test_the_context_of_a_result_is_without_what_the_engine_put_there(around: Surroundings) -> None:
    around.perform({**CONFIG, "context_vars": {"a": 1}})
    begin(around)
    row = around.store.machine("child")
    assert row is not None
    assert last_context(row) == {"a": 1}
    assert json.loads(row.place.context)["started_by"] == {"machine": "worker", "action_key": KEY, "asked": NOW}


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"machine_name": None}, "needs machine_name"),
        ({"machine_name": "a b"}, "machine name"),
        ({"machine_name": "worker"}, "this machine itself"),
        ({"wait": "yes"}, "use true or false"),
        ({"timeout_seconds": "long"}, "'timeout_seconds' is 'long'"),
        ({"expected_states": 3}, "a name or a list of names"),
        ({"context_vars": ["nothing"]}, "'nothing', which the context hasn't"),
        ({"context_vars": [3]}, "hold 3; give a list of names"),
        ({"context_vars": ["a as machine_name"]}, "is the engine's"),
    ],
)
def test_what_is_missing_or_makes_no_sense_is_named(around: Surroundings, keys: dict[str, Any], complaint: str) -> None:
    around.context = {"a": 1}
    with pytest.raises(ActionError, match=complaint):
        around.perform({**CONFIG, **keys})
    assert (around.inbox("child"), around.children.started) == ([], [])
