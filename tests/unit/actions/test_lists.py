from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.actions.outcome import DONE, Outcome
from statemachine_internal.errors import ActionError
from unit.actions.surroundings import Surroundings

LIST_KEYS = ["list", "list_name", "list_key", "key"]


@pytest.mark.req("C7")
@pytest.mark.parametrize("key", LIST_KEYS)
@pytest.mark.parametrize("before", [{}, {"seen": None}, {"seen": []}])
def test_a_list_is_made_where_it_is_missing(around: Surroundings, key: str, before: dict[str, Any]) -> None:
    around.context = {**before, "id": "job_1"}
    assert around.perform({"type": "add_to_list", key: "seen", "value": "{id}"}) == Outcome(changes={"seen": ["job_1"]})


@pytest.mark.req("C7")
def test_a_value_of_any_type_goes_to_the_end_of_a_new_list(around: Surroundings) -> None:
    seen: list[Any] = ["a"]
    around.context = {"seen": seen, "item": {"n": 1}}
    outcome = around.perform({"type": "add_to_list", "list": "seen", "value": "{item}", "success": "added"})
    assert outcome == Outcome(event="added", changes={"seen": ["a", {"n": 1}]})
    assert seen == ["a"]


@pytest.mark.req("C7")
def test_unique_adds_only_what_is_new(around: Surroundings) -> None:
    around.context = {"seen": ["a"]}
    config = {"type": "add_to_list", "list": "seen", "unique": True}
    assert around.perform({**config, "value": "a"}) == DONE
    assert around.perform({**config, "value": "b"}) == Outcome(changes={"seen": ["a", "b"]})


@pytest.mark.req("C7")
@pytest.mark.parametrize("key", LIST_KEYS)
def test_the_first_item_is_popped(around: Surroundings, key: str) -> None:
    todo = ["a", "b", "c"]
    around.context = {"todo": todo}
    outcome = around.perform({"type": "pop_from_list", key: "todo"})
    assert outcome == Outcome(event="item_popped", changes={"todo": ["b", "c"], "current_item": "a"})
    assert todo == ["a", "b", "c"]


@pytest.mark.req("C7")
def test_the_last_item_is_popped_into_a_key_of_choice(around: Surroundings) -> None:
    around.context = {"todo": ["a", "b"]}
    config = {"type": "pop_from_list", "list": "todo", "from": "last", "into": "task", "success": "next"}
    assert around.perform(config) == Outcome(event="next", changes={"todo": ["a"], "task": "b"})


@pytest.mark.req("C7")
@pytest.mark.parametrize("before", [{}, {"todo": []}])
def test_an_empty_or_missing_list_is_empty(around: Surroundings, before: dict[str, Any]) -> None:
    around.context = before
    assert around.perform({"type": "pop_from_list", "list": "todo"}) == Outcome(event="list_empty")
    assert around.perform({"type": "pop_from_list", "list": "todo", "empty": "done"}) == Outcome(event="done")


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"type": "add_to_list", "list": "text", "value": 1}, "'text' holds a str, not a list"),
        ({"type": "pop_from_list", "list": "text"}, "'text' holds a str, not a list"),
        ({"type": "add_to_list", "list": "seen"}, "give it a value"),
        ({"type": "add_to_list", "value": 1}, "key of the context"),
        ({"type": "add_to_list", "list": "machine_name", "value": 1}, "is the engine's"),
        ({"type": "add_to_list", "list": "seen", "value": 1, "unique": "yes"}, "use true or false"),
        ({"type": "add_to_list", "list": "seen", "value": float("inf")}, "JSON can't carry"),
        ({"type": "pop_from_list", "list": "todo", "into": "todo"}, "the list 'todo' itself"),
        ({"type": "pop_from_list", "list": "todo", "into": "action_key"}, "is the engine's"),
        ({"type": "pop_from_list", "list": "todo", "from": "middle"}, "use one of: first, last"),
    ],
)
def test_what_makes_no_sense_is_named(around: Surroundings, config: dict[str, Any], complaint: str) -> None:
    around.context = {"text": "abc"}
    with pytest.raises(ActionError, match=complaint):
        around.perform(config)
