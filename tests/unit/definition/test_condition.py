"""``when``: what it means, what it refuses, and that it can't raise."""

from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.definition import ConditionError, parse, parse_condition

CONTEXT: dict[str, Any] = {
    "tries": 3,
    "ratio": 0.5,
    "name": "anna",
    "ok": True,
    "no": False,
    "nothing": None,
    "list": [1, "two", None],
    "user": {"name": "bob", "roles": ["admin", "ops"], "in": 1},
    "object": object(),
    "odd": {1: 2},
    "event_data": {"payload": {"kind": "old"}},
}
EVENT: dict[str, Any] = {"event_name": "order", "type": "order", "payload": {"kind": "small", "lines": [{"n": 5}]}}


@pytest.mark.req("A2")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tries < 5", True),
        ("tries == 3.0", True),
        ("1 < tries <= 3", True),
        ("1 < tries < 3", False),
        ("ratio >= 0.5 and tries != 4", True),
        ("not tries > 5 or nonsense", True),
        ("no or ok and nothing", False),
        ("(no or ok) and tries", True),
        ("name == 'anna'", True),
        ('name == "an\\na"', False),
        ("name in ['bert', 'anna']", True),
        ("name not in ['bert', 'anna']", False),
        ("'nn' in name", True),
        ("'admin' in user.roles", True),
        ("'name' in user", True),
        ("user.roles.1 == 'ops'", True),
        ("user.roles.9 == null", True),
        ("ok", True),
        ("not ok", False),
        ("nothing", False),
        ("list", True),
        ("missing", False),
        ("missing == null", True),
        ("missing.deeper == None", True),
        ("name.deeper == null", True),
        ("exists(nothing)", True),
        ("exists(missing)", False),
        ("exists(user.name) and not exists(user.age)", True),
        ("exists(event.payload.kind)", True),
        ("exists", False),
        ("event.payload.kind == 'small'", True),
        ("event_data.payload.kind == 'small'", True),
        ("event.payload.lines.0.n > 4", True),
        ("event.event_name == 'order'", True),
        ("event", True),
        ("payload == null", True),
        ("tries == -3", False),
        ("-3 < tries", True),
        ("list == [1, 'two', null]", True),
        ("ok == true and no == False", True),
        # What can't be compared is false, and a boolean is no number.
        ("ok == 1", False),
        ("no == 0", False),
        ("ok > 0", False),
        ("missing < 5", False),
        ("missing > 5", False),
        ("name < 5", False),
        ("user < user", False),
        ("1 in tries", False),
        ("1 not in tries", False),
        ("1 in name", False),
        ("true in list", False),
        ("null in list", True),
        ("object == object", True),
        ("object == 1", False),
        ("object", True),
        ("object < object", False),
        ("odd == odd", True),
    ],
)
def test_what_an_expression_means(text: str, expected: bool) -> None:
    assert parse_condition(text).holds(CONTEXT, EVENT) is expected


@pytest.mark.req("A2")
def test_without_an_event_in_hand_event_data_is_the_last_one() -> None:
    assert parse_condition("event_data.payload.kind == 'old'").holds(CONTEXT, {})
    assert not parse_condition("exists(event.payload)").holds(CONTEXT, {})


@pytest.mark.req("A2")
def test_values_that_misbehave_do_no_harm() -> None:
    class Rude:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        def __bool__(self) -> bool:
            raise RuntimeError

        __lt__ = __gt__ = __eq__
        __hash__ = None  # type: ignore[assignment]

    endless: list[Any] = []
    endless.append(endless)
    twin: list[Any] = []
    twin.append(twin)
    context = {"rude": Rude(), "other": Rude(), "endless": endless, "twin": twin, "nan": float("nan")}
    assert parse_condition("rude").holds(context)
    for text in ("rude == other", "rude < other", "rude in [1]", "1 in rude", "endless == twin", "nan == nan"):
        assert not parse_condition(text).holds(context), text


@pytest.mark.req("A2")
@pytest.mark.parametrize(
    ("text", "offset", "hint"),
    [
        ("", 0, "write a name"),
        ("a =", 2, "compare with =="),
        ("a = 3", 2, "compare with =="),
        ("a && b", 2, "write 'and'"),
        ("a || b", 2, "write 'or'"),
        ("!a", 0, "write 'not'"),
        ("{a} > 3", 0, "without braces"),
        ("a == 'x", 5, "close it with '"),
        ("a == b c", 7, "join"),
        ("(a or b", 0, "close it with )"),
        ("a in [1, b]", 9, "put it in quotes: 'b'"),
        ("a in [1, 2", 5, "close it with ]"),
        ("a >", 2, "write a name"),
        ("and a", 0, "write a name"),
        ("exists(3)", 7, "exists(name)"),
        ("exists(a", 6, "close it with )"),
        ("f(a)", 1, "join"),
        ("a[0]", 1, "join"),
        ("a + 1", 2, "use names"),
        ("a.__class__.", 11, "use names"),
        ("'\\q' == a", 1, "backslash"),
        ("a == --1", 5, "write a name"),
        ("not " * 21 + "a", 84, "flatter"),
        ("(" * 21 + "a" + ")" * 21, 21, "flatter"),
        ("a or " * 60 + "a", 250, "set a context value"),
        ("a" * 1001, 1000, "set a context value"),
    ],
)
def test_what_is_no_expression_is_shown_at_its_column(text: str, offset: int, hint: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert caught.value.offset == offset
    assert hint in caught.value.hint


@pytest.mark.req("A9")
@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("a = 3", 13),
        ("'a = 3'", 14),
        ('"a = 3"', 14),
        ("'''b'' = 3'", 18),
        ('"\\"b\\" = 3"', 18),
        (">-\n      a = 3", 11),
    ],
)
def test_the_column_is_that_of_the_file(written: str, column: int) -> None:
    text = f"initial_state: a\ntransitions:\n  - from: a\n    event: e\n    when: {written}\n"
    (found,) = parse(text, "m.yaml").errors
    assert (found.code, found.position.line, found.position.column) == ("bad-when", 5, column)


@pytest.mark.req("A2")
def test_private_attributes_are_out_of_reach() -> None:
    for text in ("name.__class__", "user.keys", "list.append", "object.__class__.__init__"):
        assert not parse_condition(f"exists({text})").holds(CONTEXT, EVENT)


@pytest.mark.req("A2")
def test_equal_texts_are_equal_conditions() -> None:
    assert parse_condition("a > 1") == parse_condition("a > 1")
    assert parse_condition("a > 1") != parse_condition("a > 2")
