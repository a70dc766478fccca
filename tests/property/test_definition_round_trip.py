"""A valid definition comes out with what was put in."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.definition import parse

NAMES = st.sampled_from(["a", "b", "on", "off", "yes", "true", "null", "1", "2.50", "state one", "é", "x:y", "#z"])
EVENTS = st.sampled_from(["go", "stop", "no", "1", "timeout(2)", "timeout(0.25)"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("abc é\"'\\{}[]#:&*!%@\n\t-\U0001f600", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=6,
)
RETRY = st.fixed_dictionaries(
    {"max": st.integers(0, 9)}, optional={"backoff": st.floats(0, 9), "jitter": st.floats(0, 1)}
)
ACTIONS = st.fixed_dictionaries(
    {"type": st.just("custom"), "value": VALUES},
    optional={"retry": RETRY, "timeout": st.floats(0.1, 100), "error": EVENTS, "when": st.just("value == 1")},
)


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    states = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    one = st.sampled_from(states)
    some = st.lists(one, min_size=1, max_size=3, unique=True)
    transition = st.fixed_dictionaries(
        {"from": one | some | st.just("*"), "event": EVENTS},
        optional={
            "to": one,
            "when": st.just("a > 1"),
            "interrupt": st.booleans(),
            "actions": st.lists(ACTIONS, max_size=2),
        },
    )
    return {
        "initial_state": draw(one),
        "states": states,
        "transitions": draw(st.lists(transition, max_size=6)),
        "actions": draw(st.dictionaries(one, st.lists(ACTIONS, max_size=3), max_size=3)),
    }


@pytest.mark.req("A1")
@given(definition=definitions(), as_json=st.booleans())
def test_what_was_put_in_comes_out(definition: dict[str, Any], as_json: bool) -> None:
    text = (
        json.dumps(definition, ensure_ascii=False)
        if as_json
        else yaml.safe_dump(definition, sort_keys=False, allow_unicode=True)
    )
    loaded = parse(text, "m.yaml")
    made = loaded.definition
    assert made is not None, loaded.errors
    assert {d.code for d in loaded.warnings} <= {"shadowed-transition"}
    assert list(made.states) == definition["states"]
    assert made.initial_state == definition["initial_state"]
    assert len(made.transitions) == len(definition["transitions"])
    assert len({t.key for t in made.transitions}) == len(made.transitions)
    for transition, written in zip(made.transitions, definition["transitions"], strict=True):
        sources = written["from"] if isinstance(written["from"], list) else [written["from"]]
        assert list(transition.sources) == sources
        assert (transition.target, transition.event) == (written.get("to"), written["event"])
        assert transition.interrupt is written.get("interrupt", False)
        assert (transition.when is None) is ("when" not in written)
        assert [a.config["value"] for a in transition.actions] == [a["value"] for a in written.get("actions", [])]
    for state, actions in definition["actions"].items():
        for spec, given_action in zip(made.states[state].actions, actions, strict=True):
            assert spec.config == given_action
            assert spec.error == given_action.get("error")
            assert spec.timeout == given_action.get("timeout")
            assert (spec.retry.max if spec.retry else None) == given_action.get("retry", {}).get("max")


@pytest.mark.req("A2")
@given(definition=definitions())
def test_candidates_timers_and_interrupts_agree_with_a_plain_reading(definition: dict[str, Any]) -> None:
    made = parse(json.dumps(definition, ensure_ascii=False), "m.yaml").definition
    assert made is not None
    for state in made.states:
        reach = [t for t in made.transitions if state in t.sources or "*" in t.sources]
        for event in {t.event for t in made.transitions}:
            own = [t for t in reach if t.event == event and state in t.sources]
            wild = [t for t in reach if t.event == event and state not in t.sources]
            assert list(made.candidates(state, event)) == own + wild
        assert dict(made.timers(state)) == {t.event: t.timeout for t in reach if t.timeout is not None}
        assert made.interrupts(state) == {t.event for t in reach if t.interrupt}
