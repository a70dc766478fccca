"""A definition as a graph, and the JSON of it that the monitor hands out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from statemachine_internal.definition import parse
from statemachine_internal.diagram import Graph, as_json, graph_of

TEXT = """
name: door
initial_state: closed
states:
  # === SHUT ===
  closed:
  locked:
  # === ELSE ===
  open:
  stopped:
transitions:
  - {from: [closed, locked], to: open, event: push, when: "strength > 3"}
  - {from: open, to: closed, event: timeout(2.5)}
  - {from: open, event: knock, actions: [{type: log, message: "who is\\nthere"}]}
  - {from: "*", to: stopped, event: stop, interrupt: true}
  - {from: "*", to: locked, event: timeout(60)}
actions:
  open:
    - {type: bash, command: "./creak --loud"}
"""


def graph(text: str = TEXT) -> Graph:
    loaded = parse(text, "door.yaml")
    assert loaded.definition is not None, loaded.diagnostics
    return graph_of(loaded.definition)


def plain(text: str = TEXT) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(as_json(graph(text))))
    return found


@pytest.mark.req("H3")
def test_a_state_has_its_marks_group_actions_and_timers() -> None:
    states = {state["name"]: state for state in plain()["states"]}
    assert states["open"] == {
        "name": "open",
        "initial": False,
        "final": False,
        "group": "ELSE",
        "actions": [{"type": "bash", "text": "./creak --loud"}],
        "timeouts": [2.5, 60],
        "outside": False,
    }
    assert [name for name, state in states.items() if state["initial"]] == ["closed"]
    assert [name for name, state in states.items() if state["final"]] == ["stopped"]


@pytest.mark.req("H3")
def test_a_transition_has_its_ends_event_guard_and_actions() -> None:
    push, again, back, knock, stop, lock = plain()["transitions"]
    assert push == {
        "id": "closed,locked|push|open#0@0",
        "from": "closed",
        "to": "open",
        "event": "push",
        "timeout": None,
        "when": "strength > 3",
        "interrupt": False,
        "actions": [],
    }
    assert (again["from"], again["to"], again["id"]) == ("locked", "open", "closed,locked|push|open#0@1")
    assert (back["event"], back["timeout"]) == ("timeout(2.5)", 2.5)
    assert (knock["to"], knock["actions"]) == (None, [{"type": "log", "text": "who is"}])
    assert (stop["from"], stop["to"], stop["interrupt"]) == ("*", "stopped", True)
    assert (lock["from"], lock["timeout"]) == ("*", 60)


@pytest.mark.req("A10")
def test_groups_stand_in_the_order_of_the_definition() -> None:
    assert plain()["groups"] == [
        {"name": "SHUT", "states": ["closed", "locked"]},
        {"name": "ELSE", "states": ["open", "stopped"]},
    ]


@pytest.mark.req("H3")
def test_a_transition_keeps_its_id_when_others_come_and_go() -> None:
    before = {edge.id for edge in graph().transitions}
    more = TEXT.replace("transitions:\n", "transitions:\n  - {from: locked, to: closed, event: unlock}\n")
    assert {edge.id for edge in graph(more).transitions} == before | {"locked|unlock|closed#0"}


def test_any_state_takes_in_the_states_beside_it() -> None:
    text = 'initial_state: a\ntransitions: [{from: ["*", a], to: b, event: go}]\n'
    assert [edge.source for edge in graph(text).transitions] == ["*"]
