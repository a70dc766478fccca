from __future__ import annotations

import json
from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.send_event import SendEventAction
from statemachine_internal.control.envelope import LARGEST_PAYLOAD
from statemachine_internal.errors import ActionError
from unit.actions.surroundings import NOW, SECOND, Surroundings

SEND: dict[str, Any] = {"type": "send_event", "target_machine": "printer", "event_type": "print"}


def sent(around: Surroundings, target: str = "printer") -> Any:
    """The payload of the one event that waits for ``target``."""
    (event,) = around.inbox(target)
    return json.loads(event.payload)


@pytest.mark.req("C3")
@pytest.mark.req("E2")
def test_the_event_waits_in_the_targets_inbox_and_its_bell_is_rung(around: Surroundings) -> None:
    around.context = {"current_job": {"id": "job_1"}}
    assert around.perform({**SEND, "payload": {"file": "a.png"}}) == Outcome(event="event_sent")
    assert around.event_rows("source", "target", "type", "job_id", "payload", "status", "not_before", "created") == [
        ("worker", "printer", "print", "job_1", '{"file": "a.png"}', "pending", 0, NOW)
    ]
    assert around.rung == ["printer"]


@pytest.mark.req("C3")
@pytest.mark.parametrize(
    "keys",
    [
        {"target_machine": "printer", "event_type": "print"},
        {"target": "printer", "event": "print"},
        {"params": {"target": "printer", "event_type": "print"}},
        {"params": {"target": "printer", "type": "print"}},
        {"target_machine": None, "target": "{where}", "event_type": "{what}"},
    ],
)
def test_target_and_type_have_aliases(around: Surroundings, keys: dict[str, Any]) -> None:
    around.context = {"where": "printer", "what": "print"}
    around.perform({"type": "send_event", **keys})
    assert [event.type for event in around.inbox("printer")] == ["print"]


@pytest.mark.req("C3")
@pytest.mark.req("D1")
def test_a_payload_is_filled_to_its_depths(around: Surroundings) -> None:
    around.context = {"event_data": {"payload": {"user": {"id": 7, "name": "Ann"}, "tags": ["a"]}}}
    payload = {
        "user": {"id": "{event_data.payload.user.id}", "says": "I am {event_data.payload.user.name}"},
        "all": ["{event_data.payload.tags}", {"state": "{current_state}"}],
        "static": 5,
        "unknown": "{event_data.payload.none}",
    }
    around.perform({**SEND, "payload": payload})
    assert sent(around) == {
        "user": {"id": 7, "says": "I am Ann"},
        "all": [["a"], {"state": "working"}],
        "static": 5,
        "unknown": "{event_data.payload.none}",
    }


@pytest.mark.req("C3")
@pytest.mark.req("E1")
@pytest.mark.parametrize("whole", [{"a": [1, {"b": None}]}, '{"a": [1, {"b": null}]}'], ids=["map", "text"])
def test_a_whole_payload_is_forwarded(around: Surroundings, whole: Any) -> None:
    around.context = {"event_data": {"payload": whole}}
    around.perform({**SEND, "payload": "{event_data.payload}"})
    assert sent(around) == {"a": [1, {"b": None}]}
    assert around.log.warnings == []


@pytest.mark.req("E1")
@pytest.mark.parametrize(
    "whole",
    ["{broken", "no map", "[1, 2]", [1, 2], 7, True, '{"a": NaN}', "", "[" * 100_000],
    ids=lambda w: repr(w)[:12],
)
def test_a_payload_that_is_no_map_becomes_an_empty_one_with_a_warning(around: Surroundings, whole: Any) -> None:
    around.context = {"whole": whole}
    assert around.perform({**SEND, "payload": "{whole}"}) == Outcome(event="event_sent")
    assert sent(around) == {}
    (warning,) = around.log.warnings
    assert "payload" in warning
    assert len(warning) < 400


@pytest.mark.req("E1")
def test_a_payload_that_nothing_fills_becomes_an_empty_one_with_a_warning(around: Surroundings) -> None:
    around.perform({**SEND, "payload": "{event_data.payload}"})
    assert sent(around) == {}
    assert "{event_data.payload}" in around.log.warnings[0]


@pytest.mark.req("C3")
def test_no_payload_is_an_empty_one(around: Surroundings) -> None:
    around.perform(SEND)
    assert sent(around) == {}
    assert around.log.warnings == []


@pytest.mark.req("C3")
@pytest.mark.parametrize(
    ("given", "job_id"), [("job_2", "job_2"), ("{id}", "job_1"), (42, "42"), (None, "job_1"), ("", "job_1")]
)
def test_the_job_is_the_given_one_else_the_current(around: Surroundings, given: Any, job_id: str) -> None:
    around.context = {"current_job": {"id": "job_1"}}
    around.perform({**SEND, "job_id": given})
    assert around.inbox("printer")[0].job_id == job_id


@pytest.mark.req("C3")
def test_a_job_that_nothing_fills_is_none(around: Surroundings) -> None:
    around.perform({**SEND, "job_id": "{job_id}"})
    assert around.inbox("printer")[0].job_id is None
    assert "{job_id}" in around.log.warnings[0]


@pytest.mark.req("C3")
def test_success_renames_what_is_emitted(around: Surroundings) -> None:
    assert around.perform({**SEND, "success": "relay_sent"}) == Outcome(event="relay_sent")
    assert not around.perform({**SEND, "success": ""}).event


@pytest.mark.req("C3")
def test_all_are_the_other_machines_that_the_database_knows(around: Surroundings) -> None:
    for name in ("worker", "printer", "scanner"):
        around.machine(name, alive=False)
    around.perform({**SEND, "target_machine": "all"})
    assert around.rung == ["printer", "scanner"]
    assert around.event_rows("target", "type") == [("printer", "print"), ("scanner", "print")]


@pytest.mark.req("C3")
def test_all_may_be_nobody(around: Surroundings) -> None:
    around.machine("worker")
    assert around.perform({**SEND, "target_machine": "all"}) == Outcome(event="event_sent")
    assert around.event_rows("id") == []


@pytest.mark.req("C3")
@pytest.mark.parametrize(
    ("glob", "targets"),
    [("print*", ["print_1", "print_2"]), ("*_2", ["print_2"]), ("[ps]*_1", ["print_1"]), ("*", None)],
)
def test_a_glob_names_machines(around: Surroundings, glob: str, targets: list[str] | None) -> None:
    names = ["print_1", "print_2", "worker"]
    for name in names:
        around.machine(name)
    around.perform({**SEND, "target_machine": glob})
    assert around.rung == (targets or names)


@pytest.mark.req("C3")
def test_a_glob_that_nobody_answers_to_fails_unless_the_event_is_forgotten(around: Surroundings) -> None:
    with pytest.raises(ActionError, match=r"no machine is called like 'print\*'"):
        around.perform({**SEND, "target_machine": "print*"})
    config = {**SEND, "target_machine": "print*", "fire_and_forget": True}
    assert around.perform(config) == Outcome(event="event_sent")
    assert "print*" in around.log.warnings[0]
    assert around.event_rows("id") == []


@pytest.mark.req("C3")
@pytest.mark.req("E2")
def test_fire_and_forget_is_durable_all_the_same(around: Surroundings) -> None:
    around.perform({**SEND, "fire_and_forget": True})
    assert len(around.inbox("printer")) == 1


@pytest.mark.req("C3")
def test_the_ui_gets_a_feed_row_and_the_event_is_done(around: Surroundings) -> None:
    around.context = {"job_id": "job_1"}
    config = {"type": "send_event", "target": "ui", "event": "activity_log", "payload": {"message": "hello"}}
    around.perform(config)
    around.perform(config)
    ((event_id, *rest),) = around.event_rows("id", "target", "type", "job_id", "status", "processed")
    assert rest == ["ui", "activity_log", "job_1", "processed", NOW]
    (row,) = around.feed_rows()
    assert (row.machine, row.type, row.payload, row.event_id) == (
        "worker", "activity_log", '{"message": "hello"}', event_id,
    )  # fmt: skip
    assert around.rung == []


@pytest.mark.req("C3")
def test_a_delayed_event_waits_for_its_time_and_its_target_hears_of_it(around: Surroundings) -> None:
    around.perform({**SEND, "delay": "1.5"})
    due = NOW + SECOND * 3 // 2
    assert around.event_rows("not_before") == [(due,)]
    assert around.store.pending("printer", due - 1, 10) == []
    assert around.store.next_due("printer", NOW) == due
    assert len(around.store.pending("printer", due, 10)) == 1
    assert around.rung == ["printer"]


@pytest.mark.req("C3")
@pytest.mark.req("P6")
def test_an_attempt_that_is_made_again_sends_nothing_twice(around: Surroundings) -> None:
    around.perform({**SEND, "payload": {"try": 1}})
    around.perform({**SEND, "payload": {"try": 2}})
    assert sent(around) == {"try": 1}
    around.action_key = "worker:7:1"
    around.perform(SEND)
    assert len(around.inbox("printer")) == 2


@pytest.mark.req("C3")
@pytest.mark.req("P3")
def test_a_step_that_fails_sends_nothing(around: Surroundings) -> None:
    def step() -> None:
        with around.store.transaction():
            SendEventAction(SEND).perform(around.scope())
            raise ActionError("a later action")

    with pytest.raises(ActionError, match="a later action"):
        step()
    assert around.event_rows("id") == []


@pytest.mark.req("C3")
@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"event_type": None}, "1 to 128 characters"),
        ({"event_type": ""}, "1 to 128 characters"),
        ({"event_type": "x" * 129}, "1 to 128 characters"),
        ({"event_type": ["x"]}, "1 to 128 characters"),
        ({"target_machine": None}, "give target_machine"),
        ({"target_machine": "{reply_to}"}, "machine name"),
        ({"target_machine": "../x"}, "machine name"),
        ({"target_machine": "x" * 65}, "machine name"),
        ({"target_machine": ["printer"]}, "machine name"),
        ({"delay": -1}, "'delay' is -1"),
        ({"fire_and_forget": "yes"}, "use true or false"),
        ({"payload": {"a": float("nan")}}, "JSON can't carry"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cant_be_sent_is_named(around: Surroundings, keys: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ActionError, match=complaint):
        around.perform({**SEND, **keys})
    assert around.event_rows("id") == []


@pytest.mark.req("E1")
@pytest.mark.parametrize("event_type", ["x", "x" * 128, 404])
def test_a_type_has_1_to_128_characters(around: Surroundings, event_type: Any) -> None:
    around.perform({**SEND, "event_type": event_type})
    assert around.inbox("printer")[0].type == str(event_type)


@pytest.mark.req("C3")
def test_a_machine_may_be_called_by_a_number(around: Surroundings) -> None:
    around.perform({**SEND, "target_machine": 7})
    assert around.rung == ["7"]


@pytest.mark.req("C3")
def test_a_payload_may_be_larger_than_a_message_but_has_a_limit(around: Surroundings) -> None:
    around.context = {"big": "x" * 1_000_000, "huge": "x" * LARGEST_PAYLOAD}
    around.perform({**SEND, "payload": {"big": "{big}"}})
    assert len(sent(around)["big"]) == 1_000_000
    with pytest.raises(ActionError, match="store it in a file"):
        around.perform({**SEND, "payload": {"big": "{huge}"}})


@pytest.mark.req("C3")
@pytest.mark.parametrize("type", ["state_change", "error", "machine_terminated", "job_failed"])
@pytest.mark.parametrize("target", ["ui", "{where}"])
def test_no_machine_shows_what_only_the_engine_writes(around: Surroundings, type: str, target: str) -> None:
    around.context = {"where": "ui"}
    with pytest.raises(ActionError, match=f"only the engine writes '{type}' into the feed"):
        around.perform({"type": "send_event", "target": target, "event_type": type, "payload": {"to": "x"}})
    assert around.feed_rows() == []
    around.perform({**SEND, "event_type": type})  # to a machine it is an event like any other
    assert [event.type for event in around.inbox("printer")] == [type]
