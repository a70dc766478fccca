"""``when`` against Python itself, where the two mean the same, and any text at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.definition import ConditionError, parse, parse_condition

NUMBERS = ("n", "m")
TEXTS = ("s", "t")
CONTEXTS = st.fixed_dictionaries(
    {
        "n": st.integers(-5, 5),
        "m": st.floats(-5, 5, allow_nan=False),
        "s": st.sampled_from(["", "a", "ab", "b"]),
        "t": st.sampled_from(["", "a", "b", "é"]),
        "p": st.booleans(),
        "q": st.booleans(),
        "x": st.lists(st.integers(-5, 5), max_size=4),
        "y": st.lists(st.sampled_from(["a", "b", "ab"]), max_size=4),
    }
)
ORDER = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
number = st.one_of(st.sampled_from(NUMBERS), st.integers(-5, 5).map(str), st.sampled_from(["0.5", "-1.25", "1e1"]))
string = st.one_of(st.sampled_from(TEXTS), st.sampled_from(["'a'", '"b"', "''", "'a\\'b'", '"\\n"', "'é'"]))


def chain(operand: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(ORDER, operand), min_size=1, max_size=3)
    return st.tuples(operand, pairs).map(lambda c: " ".join([c[0], *(f"{op} {right}" for op, right in c[1])]))


member = st.sampled_from(["in", "not in"])
atom = st.one_of(
    chain(number),
    chain(string),
    st.tuples(number, member, st.sampled_from(["x", "[1, -2, 0.5]", "[]"])).map(" ".join),
    st.tuples(string, member, st.sampled_from(["y", "s", "['a', 'é']"])).map(" ".join),
    st.sampled_from(["p", "q", "True", "False", "None", "n", "m", "s", "x", "p == q", "p != True", "x == [1, 2]"]),
)
expression = st.recursive(
    atom,
    lambda inner: st.one_of(
        inner.map(lambda e: f"({e})"),
        inner.map(lambda e: f"not {e}"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
    ),
    max_leaves=8,
)


@pytest.mark.req("A2")
@given(text=expression, context=CONTEXTS)
def test_an_expression_means_what_python_means(text: str, context: dict[str, Any]) -> None:
    expected = bool(eval(text, {"__builtins__": {}}, dict(context)))
    assert parse_condition(text).holds(context, {}) is expected


WORDS = st.lists(
    st.sampled_from(["a", "b.c", "event", "exists", "and", "or", "not", "in", "null", "True", "1", "'x'", "é"])
    | st.sampled_from(["==", "<", "=", "(", ")", "[", "]", ",", "-", "'", '"', "{", "\\", " ", "\n"]),
    max_size=30,
).map(" ".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.req("A9")
@given(text=st.text(max_size=60) | WORDS, context=st.dictionaries(st.sampled_from(["a", "b", "event"]), JSON))
def test_any_text_is_an_expression_or_an_error_inside_of_it(text: str, context: dict[str, Any]) -> None:
    try:
        condition = parse_condition(text)
    except ConditionError as error:
        refused = error
    else:
        assert condition.holds(context, context) in (True, False)
        return
    assert 0 <= refused.offset < max(len(text), 1)
    assert refused.message
    assert refused.hint


@pytest.mark.req("A9")
@given(text=st.text("abc=<>'\"\\ .()[],-1{}é", max_size=40))
def test_the_column_of_a_bad_when_lies_within_its_text(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    prefix = "    when: "
    loaded = parse(f"initial_state: a\ntransitions:\n  - from: a\n    event: e\n{prefix}{quoted}\n", "m.yaml")
    for found in loaded.errors:
        assert (found.code, found.position.line) == ("bad-when", 5)
        assert len(prefix) < found.position.column <= len(prefix) + len(quoted)
