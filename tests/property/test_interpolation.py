"""Interpolation against what is true of it for any input."""

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.interpolation import interpolate, placeholders

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,5}", fullmatch=True)
templates = st.lists(
    st.sampled_from(["{x}", "{a.b}", "{", "}", "{{", "|", "$", "x", "{x|length}", "{q|default:d}"])
).map("".join)


@pytest.mark.req("D3")
@given(name=names, value=values)
def test_a_lone_placeholder_becomes_the_very_value(name: str, value: object) -> None:
    assert interpolate("{" + name + "}", {name: value}) is value


@pytest.mark.req("D3")
@given(value=values)
def test_the_given_value_is_never_changed(value: object) -> None:
    template = {"k": [value, "{x}", "{{x}}"]}
    before = copy.deepcopy(template)
    interpolate(template, {"x": value})
    assert template == before


@pytest.mark.req("D4")
@given(value=st.text(), before=st.text("abc $|"), after=st.text("abc $|"))
def test_a_value_is_never_expanded_again(value: str, before: str, after: str) -> None:
    poisoned = "{y}" + value + "{x}"
    filled = interpolate(f"{before} {{x}} {after}", {"x": poisoned, "y": "WRONG"})
    assert filled == f"{before} {poisoned} {after}"


@pytest.mark.req("D4")
@given(template=templates, value=values)
def test_any_template_is_filled_without_an_error(template: str, value: object) -> None:
    interpolate({"k": [template]}, {"x": value, "a": {"b": value}})
    assert all(re.fullmatch(r"x+|a\.b|q", name) for name in placeholders(template))  # {xx} can be put together


@pytest.mark.req("D3")
@given(name=names, value=st.text())
def test_doubled_braces_are_literal_whatever_the_name_means(name: str, value: str) -> None:
    assert interpolate("a{{" + name + "}}b", {name: value}) == "a{" + name + "}b"
