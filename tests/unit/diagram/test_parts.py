"""The parts of a machine: names for URLs and files, and what a part shows."""

from __future__ import annotations

import re

import pytest

from statemachine_internal.definition import parse
from statemachine_internal.diagram import Graph, graph_of, metadata, part_of, parts_of

TEXT = """
initial_state: new
states: [new, checked, packed, sent, lost]
state_groups:
  INTAKE: [new, checked]
  Out & away: [packed, sent]
transitions:
  - {from: new, to: checked, event: check}
  - {from: checked, to: packed, event: pack}
  - {from: packed, to: sent, event: send}
  - {from: packed, to: lost, event: timeout(5)}
  - {from: lost, to: lost, event: look}
  - {from: "*", to: sent, event: stop}
actions:
  packed: [{type: log, message: packed}]
"""


def graph(text: str = TEXT) -> Graph:
    loaded = parse(text, "m.yaml")
    assert loaded.definition is not None, loaded.diagnostics
    return graph_of(loaded.definition)


@pytest.mark.req("H3")
def test_the_parts_are_the_whole_and_the_groups() -> None:
    assert metadata("parcel", graph()) == {
        "machine": "parcel",
        "parts": [
            {"name": "main", "title": "m", "states": ("new", "checked", "packed", "sent", "lost")},
            {"name": "intake", "title": "INTAKE", "states": ("new", "checked")},
            {"name": "out_away", "title": "Out & away", "states": ("packed", "sent")},
        ],
    }


@pytest.mark.req("H3")
def test_a_part_has_its_states_its_edges_and_stubs() -> None:
    found = part_of(graph(), "intake")
    assert found is not None
    assert [(state.name, state.outside) for state in found.states] == [
        ("new", False),
        ("checked", False),
        ("packed", True),
        ("sent", True),  # the edge from any state leads there
    ]
    assert [edge.event for edge in found.transitions] == ["check", "pack", "stop"]
    stub = found.states[2]
    assert (stub.group, stub.actions, stub.timeouts) == (None, (), ())


@pytest.mark.req("H3")
def test_the_main_part_is_the_graph_and_others_are_not_there() -> None:
    whole = graph()
    assert part_of(whole, "main") is whole
    assert part_of(whole, "INTAKE") is None
    assert part_of(whole, "") is None


@pytest.mark.req("H3")
def test_names_of_parts_are_different_and_fit_for_a_url() -> None:
    names = ["main", "Main", "metadata", "a b", "a-b", "A_B", "日本", "../..", "7"]
    groups = "".join(f"  {name!r}: [s{index}]\n" for index, name in enumerate(names))
    states = ", ".join(f"s{index}" for index in range(len(names)))
    found = [part.name for part in parts_of(graph(f"initial_state: s0\nstates: [{states}]\nstate_groups:\n{groups}"))]
    assert found[0] == "main"
    assert len(set(found)) == len(names) + 1
    assert "metadata" not in found
    assert [name for name in found if not re.fullmatch(r"[a-z0-9_]+", name)] == []
