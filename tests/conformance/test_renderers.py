"""Every renderer of diagrams keeps the promise of the Protocol: each state and each edge is in the text once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.definition import MachineDefinition, load_definition, parse
from statemachine_internal.diagram import Graph, graph_of, part_of, parts_of
from statemachine_internal.diagram.formats import FORMATS
from support.definitions import EVENTS, STATES, specs
from support.drawings import READERS, expected
from support.workspace import ROOT

EXAMPLES = sorted(path for path in ROOT.glob("examples/**/*.yaml") if "initial_state:" in path.read_text("utf-8"))
OWN_EVENTS = ("stop", "start", "error")  # what the engine means something by

# Signs that some language or other means something by, and words that some language keeps for itself.
SIGNS = "aB1_ -:;\"'#%{}[]()<>&|\\/`*$~@!?.,=^+é日\u00a0\u202e\U0001f600"
WORDS = ["state", "end", "note", "class", "node", "subgraph", "__proto__", "constructor", "main", "machine", "timer_1"]
MARKUP = ["-->", "[*]", "%%{init: {}}%%", "]]>", "<!--", "&amp;", "#35;", "\\N", "```", "<script>", "x" * 128]
names = st.text(SIGNS, min_size=1, max_size=8) | st.sampled_from([*WORDS, *MARKUP])


@st.composite
def definitions(draw: st.DrawFn) -> MachineDefinition:
    """Definitions by chance, with names and groups that ask for trouble."""
    spec = draw(specs)
    fresh = draw(st.lists(names.filter(lambda name: name != "*"), min_size=10, max_size=10, unique=True))
    state = dict(zip(STATES, fresh, strict=False))
    event = dict(zip(EVENTS, fresh[len(STATES) :], strict=True)) | {name: name for name in OWN_EVENTS}
    groups = draw(st.dictionaries(names, st.lists(st.sampled_from(STATES), min_size=1, unique=True), max_size=3))
    return read(renamed(spec, state, event) | {"state_groups": {g: [state[s] for s in of] for g, of in groups.items()}})


def renamed(spec: dict[str, Any], state: dict[str, str], event: dict[str, str]) -> dict[str, Any]:
    transitions = []
    for given_one in spec["transitions"]:
        changed = given_one | {
            "from": [state.get(source, source) for source in given_one["from"]],
            "event": event.get(given_one["event"], given_one["event"]),
        }
        if "to" in given_one:
            changed["to"] = state[given_one["to"]]
        transitions.append(changed)
    return spec | {
        "initial_state": state[spec["initial_state"]],
        "states": [state[name] for name in spec["states"]],
        "events": list(event.values()),
        "transitions": transitions,
        "actions": {state[name]: actions for name, actions in spec["actions"].items()},
        "final": [state[name] for name in spec.get("final", [])],
    }


def read(spec: dict[str, Any]) -> MachineDefinition:
    loaded = parse(json.dumps(spec, ensure_ascii=False), "chance.yaml")
    assert loaded.definition is not None, loaded.diagnostics
    return loaded.definition


def check(name: str, graph: Graph) -> None:
    text = FORMATS[name].render(graph)
    assert text.endswith("\n")
    states, edges = READERS[name].read(text)
    assert (sorted(states), sorted(edges)) == expected(graph, READERS[name])


def test_every_format_has_a_reader() -> None:
    assert READERS.keys() == FORMATS.keys()


@pytest.mark.req("I2")
@pytest.mark.parametrize("name", FORMATS)
@given(definition=definitions())
def test_each_state_and_each_transition_is_drawn_once(name: str, definition: MachineDefinition) -> None:
    graph = graph_of(definition)
    sources = [source for t in definition.transitions for source in (["*"] if t.wildcard else t.sources)]
    assert [edge.source for edge in graph.transitions] == sources
    assert len({edge.id for edge in graph.transitions}) == len(sources)
    check(name, graph)


@pytest.mark.req("A10")
@pytest.mark.parametrize("name", FORMATS)
@given(definition=definitions())
def test_a_part_is_drawn_as_the_whole_is(name: str, definition: MachineDefinition) -> None:
    graph = graph_of(definition)
    for part in parts_of(graph):
        drawn = part_of(graph, part.name)
        assert drawn is not None
        check(name, drawn)


@pytest.mark.req("I2")
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT / "examples")))
def test_every_example_is_drawn_in_every_format(name: str, path: Path) -> None:
    check(name, graph_of(load_definition(str(path))))
