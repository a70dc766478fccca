"""Recorded steps against another definition."""

from __future__ import annotations

import pytest

from statemachine_internal.definition.loading import parse
from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.machine.trigger import event_data
from statemachine_internal.replay.compared import Comparison, compared
from statemachine_internal.replay.recorded import Happening

OLD = """
initial_state: a
transitions:
  - {from: a, to: b, event: go}
  - {from: a, to: a, event: again}
  - {from: b, to: c, event: done}
  - {from: b, to: late, event: timeout(30)}
  - {from: c, event: note}
"""


def definition(text: str) -> MachineDefinition:
    loaded = parse(text, "new.yaml")
    assert loaded.definition is not None, loaded.diagnostics
    return loaded.definition


def went(from_state: str, name: str, to_state: str | None, payload: dict[str, object] | None = None) -> Happening:
    event = {} if payload is None else event_data(name, payload, id=1, job_id=None, source="s")
    internal = to_state == "="
    to_state = from_state if internal else to_state
    return Happening(id=1, at=1, from_state=from_state, name=name, to_state=to_state, internal=internal, event=event)


STORY = [
    went("", "start", "a"),
    went("a", "go", "b", {}),
    went("b", "done", "c"),
    went("c", "note", "=", {"n": 1}),
    went("c", "go", None, {}),
    went("", "start", "a"),
    went("a", "again", "a", {}),
    went("a", "go", "b", {}),
    went("b", "timeout(30)", "late"),
]


def told(text: str, story: list[Happening] = STORY) -> Comparison:
    return compared(definition(text), "m", story)


def parts(text: str, story: list[Happening] = STORY) -> list[tuple[str, str, str, str]]:
    return [(d.happening.from_state, d.happening.name, d.was, d.would) for d in told(text, story).differences]


def test_the_definition_that_made_the_history_parts_nowhere() -> None:
    assert told(OLD) == Comparison(steps=9, undecided=0, differences=())


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("to: c, event: done", "to: a, event: done", [("b", "done", "c", "a")]),
        ("timeout(30)", "timeout(60)", [("b", "timeout(30)", "late", "not taken")]),
        ("{from: c, event: note}", "{from: c, to: c, event: note}", [("c", "note", "taken, state kept", "c")]),
        ("{from: c, event: note}", "{from: c, to: a, event: go}", [
            ("c", "note", "taken, state kept", "not taken"), ("c", "go", "not taken", "a")]),
        ("initial_state: a", "initial_state: b", [("", "start", "a", "b")] * 2),
        ("b, event: go}", "b, event: go, when: event.payload.n == 1}", [("a", "go", "b", "not taken")] * 2),
    ],
)  # fmt: skip
def test_each_difference_is_found_where_it_is_and_what_follows_is_not_blamed(
    old: str, new: str, found: list[tuple[str, str, str, str]]
) -> None:
    assert parts(OLD.replace(old, new)) == found


def test_a_state_that_is_gone_is_said_so() -> None:
    assert parts("initial_state: a", [went("b", "done", "c")]) == [("b", "done", "c", "there is no state 'b'")]


def test_what_hangs_on_an_actions_value_is_left_undecided() -> None:
    guarded = OLD.replace("{from: b, to: c, event: done}", "{from: b, to: a, event: done, when: {w}}")
    for when in ("total > 3", "exists(total)", "event_data.payload.n == 1"):
        found = told(guarded.replace("{w}", f"'{when}'"), [went("b", "done", "c")])
        assert (found.undecided, found.differences) == (1, ())


def test_the_context_map_is_known() -> None:
    text = OLD.replace("c, event: done", "c, event: done, when: n == 7") + "events: {go: {context_map: {n: payload.n}}}"
    assert parts(text, [went("a", "go", "b", {"n": 7}), went("b", "done", "c")]) == []
    assert parts(text, [went("a", "go", "b", {"n": 8}), went("b", "done", "c")]) == [("b", "done", "c", "not taken")]
