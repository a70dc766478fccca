"""The JSON Schema and the loader agree: what the one refuses, the other complains of (requirement A11)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statemachine_internal.definition import assembly, engine_keys, job_states, parse, schema, transitions
from statemachine_internal.definition.catalog import ALIASES, BUILT_INS
from statemachine_internal.definition.diagnostics import Report
from statemachine_internal.definition.nodes import List, Map, Node, Scalar
from statemachine_internal.definition.reader import read
from support.workspace import ROOT

SCHEMA = schema.schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
CHECKED_IN = ROOT / "internal/statemachine_internal/definition/schema.json"
# What the schema refuses as well; other complaints are about names, the text, or what one part says of another.
OF_STRUCTURE = {"missing-key", "missing-initial-state", "missing-name", "bare-list", "bad-choice", "bad-type"}

Path_ = tuple[Any, ...]


def as_data(node: Node) -> Any:
    """A file as an editor sees it: keys are texts."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, List):
        return [as_data(item) for item in node.items]
    return {key.text: as_data(value) for key, value in node.entries}


def definitions() -> Iterator[dict[str, Any]]:
    for folder in ("examples", "tests/data/definitions", "tests/data/validate", "deploy"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            root = read(path.read_text(encoding="utf-8"), Report(str(path)))
            if isinstance(root, Map) and root.get("initial_state") is not None:
                yield as_data(root)


def everything() -> dict[str, Any]:
    """A definition with one action of each type, so that each is mutated."""
    values: dict[str, Any] = {"values": {"a": 1}, "steps": ["make", {"type": "log", "message": "x"}], "duration": 5}
    listed = [
        {"type": name, **{group[0]: values.get(group[0], "x") for group in BUILT_INS[ALIASES.get(name, name)].required}}
        for name in (*BUILT_INS, *ALIASES)
    ]
    retried = {"type": "weigh", "retry": {"max": 3, "backoff": 1}, "timeout": 5, "error": "lost", "when": "a == 1"}
    return {"initial_state": "a", "states": ["a"], "transitions": [], "actions": {"a": [*listed, retried]}}


DEFINITIONS = [everything(), *definitions()]
KEYS = [*assembly.KEYS, *transitions._KEYS, *engine_keys._RETRY_KEYS, *job_states._KEYS, "type", "params", "retry"]
KEYS += ["timeout", "error", "steps", "success", "context_map", "message", "command", "duration", "values", "evnt"]
VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, -1, 2.5, 10**12, "", "a", "*", "log", "bash", "timeout(1)", "timeout()"])
    | st.sampled_from(["ignore", "defer", "{x}", "payload.a", "a..b", "x" * 129, "a\nb", "5", "multi_step", "emit"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=5,
)


def places(data: Any, here: Path_ = ()) -> Iterator[Path_]:
    yield here
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in children:
        yield from places(value, (*here, key))


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A definition with one to three changes somewhere in it."""
    data: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(DEFINITIONS)))
    for _ in range(draw(st.integers(1, 3))):
        found = [place for place in places(data) if place]
        if not found:
            break
        *above, last = draw(st.sampled_from(found))
        parent: Any = data
        for key in above:
            parent = parent[key]
        change = draw(st.sampled_from(["replace", "remove", "rename", "add", "wrap"]))
        if change == "replace":
            parent[last] = draw(VALUES)
        elif change == "remove":
            del parent[last]
        elif change == "wrap":
            parent[last] = [parent[last]]
        elif isinstance(parent, dict) and change == "rename":
            parent[draw(st.sampled_from(KEYS))] = parent.pop(last)
        elif isinstance(parent, dict):
            parent[draw(st.sampled_from(KEYS))] = draw(VALUES)
    return data


def agree(data: dict[str, Any]) -> None:
    loaded = parse(json.dumps(data, ensure_ascii=False), "m.yaml")
    refused = [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(data)]
    if refused:
        assert loaded.diagnostics, refused
    broken = [d.render() for d in loaded.errors if d.code in OF_STRUCTURE]
    if broken:
        assert refused, broken


@pytest.mark.req("A11")
@given(data=mutated())
@example(data={"initial_state": "a", "actions": {"a": [{"type": "log"}]}})
@example(data={"initial_state": "a", "transitions": [{"from": [], "event": "e"}]})
@example(
    data={"initial_state": "a", "actions": {"a": [{"type": "send_event", "params": {"target": "m", "type": "e"}}]}}
)
def test_schema_and_loader_agree_on_definitions_that_were_changed(data: dict[str, Any]) -> None:
    agree(data)


@pytest.mark.req("A11")
@given(data=st.dictionaries(st.sampled_from(assembly.KEYS), VALUES), state=st.sampled_from(["a", 1, True, None]))
def test_schema_and_loader_agree_on_any_maps_of_known_keys(data: dict[str, Any], state: Any) -> None:
    agree({**data, "initial_state": state})


@pytest.mark.req("A11")
@pytest.mark.parametrize("data", DEFINITIONS, ids=lambda data: str(data.get("name", "-")))
def test_what_loads_without_a_complaint_is_accepted(data: dict[str, Any]) -> None:
    agree(data)


@pytest.mark.req("A11")
def test_the_schema_is_one_and_is_what_ships() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    hint = "run: statemachine-validate --schema > internal/statemachine_internal/definition/schema.json"
    assert Path(CHECKED_IN).read_text(encoding="utf-8") == schema.schema_text(), hint


@pytest.mark.req("A11")
def test_the_schema_has_every_key_of_the_format() -> None:
    parts = SCHEMA["definitions"]
    assert set(SCHEMA["properties"]) == set(assembly.KEYS)
    assert set(parts["transition"]["properties"]) == set(transitions._KEYS)
    retry = parts["action"]["properties"]["retry"]
    assert set(retry["properties"]) == set(engine_keys._RETRY_KEYS)
    cases = {case["if"]["properties"]["type"]["const"]: case["then"] for case in parts["action"]["allOf"]}
    assert set(cases) == {*BUILT_INS, *ALIASES}
    for name, known in BUILT_INS.items():
        assert known.keys <= set(cases[name]["properties"])


@pytest.mark.req("A11")
@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda data: data.pop("initial_state"), []),
        (lambda data: data.update(transitons=[]), []),
        (lambda data: data["transitions"][0].update(evnt="go"), ["transitions", 0]),
        (lambda data: data["transitions"][0].update(event="timeout(5s)"), ["transitions", 0, "event"]),
        (lambda data: data["actions"]["working"].append("make"), ["actions", "working", 1]),
        (lambda data: data["actions"]["working"].append({"type": "log", "mesage": "x"}), ["actions", "working", 1]),
        (lambda data: data["actions"]["working"][0].update(retry={"backoff": 2}), ["actions", "working", 0, "retry"]),
    ],
)
def test_an_editor_marks_a_mistake_where_it_stands(
    change: Callable[[dict[str, Any]], None], where: list[str | int]
) -> None:
    data: dict[str, Any] = {
        "initial_state": "waiting",
        "transitions": [
            {"from": "waiting", "to": "working", "event": "order"},
            {"from": "working", "to": "waiting", "event": "job_done"},
        ],
        "actions": {"working": [{"type": "bash", "command": "make"}]},
    }
    assert VALIDATOR.is_valid(data)
    change(data)
    assert where in [list(error.absolute_path) for error in VALIDATOR.iter_errors(data)]
