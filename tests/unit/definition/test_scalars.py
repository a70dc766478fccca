"""Plain scalars mean what YAML 1.2's core schema says."""

from __future__ import annotations

import math
from typing import Any

import pytest

from statemachine_internal.definition import parse
from statemachine_internal.definition.scalars import resolve


@pytest.mark.req("A8")
@pytest.mark.parametrize(
    "text", ["on", "off", "yes", "no", "On", "Y", "n", "1:30", "2024-01-01", "1_000", "0b1", "=", "+", "."]
)
def test_what_yaml_1_1_would_convert_stays_text(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.req("A8")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("007", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("-.5e3", -500.0),
        ("1e3", 1000.0),
        ("5.", 5.0),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
    ],
)
def test_core_schema_values(text: str, value: Any) -> None:
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.req("A8")
def test_nan_and_numbers_of_many_digits() -> None:
    value = resolve(".nan")
    assert isinstance(value, float)
    assert math.isnan(value)
    assert resolve("9" * 5000) == "9" * 5000
    assert resolve("٣") == "٣"


@pytest.mark.req("A8")
def test_states_may_be_called_like_booleans_and_numbers() -> None:
    text = (
        "initial_state: off\nstates: [on, off, yes, no, true, 1, 1.50]\n"
        "transitions:\n  - {from: off, to: on, event: yes}\n  - {from: [on, true], to: 1.50, event: 1}\n"
        "actions:\n  on: [{type: log, message: lit}]\n  true: [{type: log, message: yes}]\n"
    )
    loaded = parse(text, "lamp.yaml")
    assert loaded.diagnostics == ()
    definition = loaded.definition
    assert definition is not None
    assert list(definition.states) == ["on", "off", "yes", "no", "true", "1", "1.50"]
    assert [(t.sources, t.event, t.target) for t in definition.transitions] == [
        (("off",), "yes", "on"),
        (("on", "true"), "1", "1.50"),
    ]
    assert definition.states["true"].actions[0].config["message"] == "yes"
