"""Whatever a file holds, it is a definition or it has complaints; nothing is raised."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.definition import Loaded, parse, reader

KEYS = ["name", "initial_state", "states", "events", "transitions", "actions", "final", "on_unhandled", "idle_exit"]
KEYS += [
    "metadata",
    "state_groups",
    "job",
    "from",
    "to",
    "event",
    "when",
    "interrupt",
    "type",
    "params",
    "retry",
    "max",
]
KEYS += ["timeout", "error", "steps", "success", "context_map", "message", "command", "<<", "values"]
SCALARS = [
    "a",
    "b",
    "'*'",
    "timeout(1)",
    "timeout()",
    "log",
    "bash",
    "multi_step",
    "send_event",
    "emit",
    "5",
    "-1",
    "true",
]
SCALARS += [
    "",
    "null",
    ".nan",
    "1e999",
    "a == 1",
    "a = 1",
    '"{x}"',
    "{x}",
    "*r",
    "&r",
    "!!int",
    "!x",
    "'",
    '"',
    "|",
    "0x1F",
]
PIECES = st.sampled_from(
    [f"{key}: " for key in KEYS]
    + SCALARS
    + ["\n", "\n  ", "\n    ", "\n- ", "\n  - ", "- ", ": ", "{", "}", "[", "]", ", ", "\t", "#"]
)
LOADERS = [getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader]

nodes = st.recursive(
    st.sampled_from(SCALARS[:21]).map(lambda s: s or "~"),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: "[" + ", ".join(items) + "]"),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=5).map(
            lambda d: "{" + ", ".join(f"{k}: {v}" for k, v in d.items()) + "}"
        ),
    ),
    max_leaves=25,
)
documents = st.dictionaries(st.sampled_from(KEYS[:12]), nodes).map(
    lambda d: "".join(f"{key}: {value}\n" for key, value in d.items())
)


def check(loaded: Loaded, text: str) -> None:
    assert (loaded.definition is None) == bool(loaded.errors)
    places = [(d.position.line, d.position.column) for d in loaded.diagnostics]
    assert places == sorted(places)
    for found in loaded.diagnostics:
        assert found.hint, found
        assert found.position.line >= 1
        assert found.position.column >= 1
        assert len(found.render().splitlines()) == 1, text


@pytest.mark.req("A9")
@pytest.mark.parametrize("loader", LOADERS, ids=["first", "pure"])
@given(text=st.text() | st.lists(PIECES, max_size=40).map("".join) | documents)
def test_parse_never_raises(loader: object, text: str) -> None:
    before = reader._LOADER
    reader._LOADER = loader
    try:
        check(parse(text, "m.yaml"), text)
    finally:
        reader._LOADER = before


@pytest.mark.req("A9")
@given(text=documents)
def test_parse_never_raises_for_maps_of_known_keys(text: str) -> None:
    check(parse("initial_state: a\n" + text, "m.yaml"), text)
