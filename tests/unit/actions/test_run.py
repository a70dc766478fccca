"""BaseAction.run: what a custom action's execute does to the machine."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from statemachine_internal.actions.base import BaseAction, as_json
from statemachine_internal.actions.outcome import Outcome
from unit.actions.surroundings import Surroundings


def run(action: BaseAction, around: Surroundings) -> Outcome:
    return asyncio.run(action.run(around.scope()))


def action_that(work: Any, config: dict[str, Any] | None = None) -> BaseAction:
    class GivenAction(BaseAction):
        async def execute(self, context: dict[str, Any]) -> str | None:
            result: str | None = work(context)
            return result

    return GivenAction(config)


@pytest.mark.req("C10")
def test_what_is_written_into_the_context_is_a_change(around: Surroundings) -> None:
    def work(context: dict[str, Any]) -> str:
        context["user"] = context["event_data"]["payload"]["user"]
        context["seen"].append("b")
        del context["old"]
        return "extracted"

    around.context = {"event_data": {"payload": {"user": "Ann"}}, "seen": ["a"], "old": 1, "kept": 2}
    outcome = run(action_that(work), around)
    assert outcome == Outcome(
        event="extracted", changes={"user": "Ann", "seen": ["a", "b"]}, removed=frozenset({"old"})
    )
    assert around.context == {"event_data": {"payload": {"user": "Ann"}}, "seen": ["a"], "old": 1, "kept": 2}


@pytest.mark.req("C10")
def test_the_context_that_it_sees_has_the_names_that_are_always_there(around: Surroundings) -> None:
    seen: dict[str, Any] = {}
    around.context = {"current_job": {"id": "job_1", "status": "processing"}}
    outcome = run(action_that(seen.update), around)
    assert (seen["machine_name"], seen["current_state"], seen["job_id"]) == ("worker", "working", "job_1")
    assert outcome == Outcome()


@pytest.mark.req("C10")
def test_the_engines_names_are_never_changed(around: Surroundings) -> None:
    def work(context: dict[str, Any]) -> None:
        context["machine_name"] = "another"
        context["action_key"] = object()
        del context["current_state"]

    assert run(action_that(work), around) == Outcome()
    assert around.volatile == {}
    assert around.log.warnings == []


@pytest.mark.req("C10")
def test_what_json_cant_carry_is_kept_for_the_run_and_named_once(around: Surroundings) -> None:
    handle = threading.Lock()

    def open_it(context: dict[str, Any]) -> None:
        context["handle"] = handle

    def use_it(context: dict[str, Any]) -> str:
        assert context["handle"] is handle
        return "used"

    assert run(action_that(open_it), around) == Outcome()
    assert run(action_that(use_it), around) == Outcome(event="used")
    assert run(action_that(open_it), around) == Outcome()
    (warning,) = around.log.warnings
    assert "'handle'" in warning
    assert "lock" in warning


@pytest.mark.req("C10")
def test_a_stored_value_that_json_cant_carry_any_more_is_removed(around: Surroundings) -> None:
    around.context = {"result": [1]}
    outcome = run(action_that(lambda context: context.__setitem__("result", {1, 2})), around)
    assert outcome == Outcome(removed=frozenset({"result"}))
    assert around.volatile == {"result": {1, 2}}


@pytest.mark.req("C10")
def test_a_kept_value_becomes_a_stored_one_or_goes(around: Surroundings) -> None:
    around.volatile = {"result": {1, 2}, "handle": object()}

    def work(context: dict[str, Any]) -> None:
        context["result"] = sorted(context["result"])
        del context["handle"]

    assert run(action_that(work), around) == Outcome(changes={"result": [1, 2]})
    assert around.volatile == {}


@pytest.mark.req("C10")
@pytest.mark.parametrize(
    ("value", "stored"), [((1, 2), [1, 2]), ({1: "a"}, {"1": "a"}), ({"a": (None, 1.5)}, {"a": [None, 1.5]})]
)
def test_a_later_action_sees_what_a_restart_would_show(around: Surroundings, value: Any, stored: Any) -> None:
    outcome = run(action_that(lambda context: context.__setitem__("value", value)), around)
    assert outcome.changes == {"value": stored}


@pytest.mark.req("C10")
def test_what_the_action_does_to_its_values_later_changes_nothing(around: Surroundings) -> None:
    mine = ["a"]
    outcome = run(action_that(lambda context: context.__setitem__("items", mine)), around)
    mine.append("b")
    assert outcome.changes == {"items": ["a"]}


@pytest.mark.req("C10")
def test_a_key_that_is_no_text_is_kept_for_the_run_only(around: Surroundings) -> None:
    assert run(action_that(lambda context: context.__setitem__(7, "x")), around) == Outcome()
    assert set(around.volatile.values()) == {"x"}
    assert len(around.log.warnings) == 1


@pytest.mark.req("C10")
def test_an_execute_that_fails_leaves_no_change(around: Surroundings) -> None:
    def work(context: dict[str, Any]) -> None:
        context["seen"].append("b")
        context["handle"] = object()
        raise OSError("no room")

    around.context = {"seen": ["a"]}
    with pytest.raises(OSError, match="no room"):
        run(action_that(work), around)
    assert around.context == {"seen": ["a"]}
    assert around.volatile == {}


@pytest.mark.req("C10")
def test_execute_returns_a_name_or_none(around: Surroundings) -> None:
    with pytest.raises(TypeError, match=r"GivenAction.execute returned bool; return an event name or None"):
        run(action_that(lambda _: True), around)


@pytest.mark.req("C10")
def test_an_action_without_execute_says_what_to_define(around: Surroundings) -> None:
    with pytest.raises(TypeError, match="must define: async def execute"):
        run(BaseAction({}), around)


@pytest.mark.req("C10")
def test_the_helpers_read_configuration_and_context() -> None:
    action = BaseAction({"type": "x", "flat": 1, "both": 2, "params": {"both": 3, "deep": 4}})
    assert [action.get_config_value(key) for key in ("flat", "both", "deep", "none")] == [1, 2, 4, None]
    assert action.get_config_value("none", "default") == "default"
    assert action.get_machine_name({"machine_name": "worker"}) == "worker"
    assert action.logger is not None


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [float("nan"), {1}, object(), "\ud800", nested(501), 10**5000],
    ids=["nan", "set", "object", "surrogate", "deep", "digits"],
)
def test_what_the_database_cant_hold_has_no_json(value: Any) -> None:
    assert as_json(value) is None


@pytest.mark.parametrize(
    "value",
    [None, "é\0", nested(500), [[]] * 600, {"a": [1.5, True]}],
    ids=["none", "text", "deep", "wide", "map"],
)
def test_what_it_can_hold_has(around: Surroundings, value: Any) -> None:
    text = as_json(value)
    assert text is not None
    around.accept("probe", payload=text)  # its CHECK is SQLite's own idea of JSON
