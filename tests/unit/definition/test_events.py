"""Events: names, context maps, timeouts."""

from __future__ import annotations

import pytest

from statemachine_internal.definition import parse
from statemachine_internal.machine import event_data


def codes(text: str) -> list[tuple[str, int, int]]:
    return [(d.code, d.position.line, d.position.column) for d in parse(text, "m.yaml").diagnostics]


def with_event(event: str) -> str:
    return f"initial_state: a\ntransitions:\n  - from: a\n    event: {event}\n"


@pytest.mark.req("A6")
@pytest.mark.parametrize(
    ("written", "name", "seconds"),
    [
        ("timeout(5)", "timeout(5)", 5.0),
        ("timeout(5.0)", "timeout(5)", 5.0),
        ("timeout( 0.50 )", "timeout(0.5)", 0.5),
        ("timeout(.25)", "timeout(0.25)", 0.25),
        ("timeout(86400)", "timeout(86400)", 86400.0),
        ("timeout(12345678.5)", "timeout(12345678.5)", 12345678.5),
        ("timeout", "timeout", None),
    ],
)
def test_a_timeout_has_one_name_for_one_length(written: str, name: str, seconds: float | None) -> None:
    definition = parse(with_event(written), "m.yaml").definition
    assert definition is not None
    (transition,) = definition.transitions
    assert (transition.event, transition.timeout) == (name, seconds)
    assert definition.timers("a") == (((name, seconds),) if seconds else ())


@pytest.mark.req("A6")
@pytest.mark.parametrize(
    "inside", ["", "abc", "-1", "0", "0.0", "0.0000001", "5s", "1e3", ".inf", "nan", "1, 2", "999999999", "٣"]
)
@pytest.mark.parametrize(("quote", "column"), [("", 20), ('"', 21)])
def test_a_bad_timeout_is_shown_at_its_number(inside: str, quote: str, column: int) -> None:
    assert codes(with_event(f"{quote}timeout({inside}){quote}")) == [("bad-timeout", 4, column)]


@pytest.mark.req("A6")
def test_an_open_parenthesis_is_no_event_name() -> None:
    assert codes(with_event("timeout(5")) == [("bad-timeout", 4, 20)]


@pytest.mark.req("A6")
@pytest.mark.parametrize("inside", ["5", "", "5s", " 0.5 "])
def test_a_missing_bracket_is_named(inside: str) -> None:
    (found,) = parse(with_event(f"'timeout({inside}'"), "m.yaml").errors
    assert found.message == f"the bracket of 'timeout({inside}' is never closed"
    assert found.hint == "write the seconds, such as timeout(30) or timeout(0.5)"


@pytest.mark.req("E1")
def test_event_names_have_1_to_128_characters() -> None:
    assert codes(with_event("e" * 128)) == []
    assert codes(with_event("e" * 129)) == [("bad-name", 4, 12)]
    assert codes(f"initial_state: a\nevents: ['', {'e' * 129}]\n") == [("bad-name", 2, 10), ("bad-name", 2, 14)]


@pytest.mark.req("A5")
def test_a_context_map_copies_paths_into_keys() -> None:
    text = "initial_state: a\nevents:\n  go:\n    context_map: {user: payload.user.name, n: payload.items.0}\n  yes:\n"
    definition = parse(text, "m.yaml").definition
    assert definition is not None
    assert {e.name: e.context_map for e in definition.events.values()} == {
        "go": {"user": "payload.user.name", "n": "payload.items.0"},
        "yes": {},
    }


@pytest.mark.req("A5")
@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("{go: {context_map: {a: payload..b}}}", [("bad-path", 2, 32)]),
        ("{go: {context_map: {a: ''}}}", [("bad-path", 2, 32)]),
        ("{go: {context_map: {a: [b]}}}", [("wrong-type", 2, 32)]),
        ("{go: {context_map: a.b}}", [("wrong-type", 2, 28)]),
        ("{go: {context: {a: b}}}", [("unknown-key", 2, 15)]),
        ("{go: payload}", [("wrong-type", 2, 14)]),
        ("[go: {context_map: {a: b}}]", [("wrong-type", 2, 10)]),
        ("go", [("wrong-type", 2, 9)]),
    ],
)
def test_what_events_may_hold(events: str, expected: list[tuple[str, int, int]]) -> None:
    assert codes(f"initial_state: a\nevents: {events}\n") == expected


@pytest.mark.req("A5")
def test_an_event_missing_from_events_is_warned_of() -> None:
    text = "initial_state: a\nevents: [order]\ntransitions:\n" + "".join(
        f"  - {{from: a, event: {event}}}\n" for event in ("ordr", "order", "timeout(5)", "start", "stop", "error")
    )
    (found,) = parse(text, "m.yaml").warnings
    assert (found.code, found.text, found.hint) == ("unknown-event", "ordr", "did you mean 'order'?")


@pytest.mark.req("A5")
def test_events_that_say_what_to_copy_need_not_list_the_others() -> None:
    text = "initial_state: a\nevents: {serve: {context_map: {n: payload.n}}}\ntransitions:\n" + "".join(
        f"  - {{from: a, event: {event}}}\n" for event in ("serve", "pong", "servee")
    )
    assert [(w.code, w.text) for w in parse(text, "m.yaml").warnings] == [("unknown-event", "servee")]


@pytest.mark.req("A5")
@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("file", "write payload.file"),
        ("user.name", "write payload.user.name"),
        ("event.payload.file", "write payload.file"),
        ("event.file", "write payload.file"),
        ("$.payload.file", "write payload.file"),
        ("event_data.file", "write payload.file"),
        ("paylod.file", "did you mean 'payload.file'?"),
    ],
)
def test_a_path_that_no_event_has_is_warned_of(path: str, hint: str) -> None:
    (found,) = parse(f"initial_state: a\nevents: {{go: {{context_map: {{a: {path}}}}}}}\n", "m.yaml").warnings
    assert (found.code, found.text, found.hint) == ("bad-path", path, hint)
    assert (found.position.line, found.position.column) == (2, 32)


@pytest.mark.req("A5")
def test_the_paths_that_events_have_are_fine() -> None:
    data = event_data("go", {}, id=1, job_id=None, source="")
    for path in (*data, *(f"event_data.{key}" for key in data), "payload.a.0"):
        assert codes(f"initial_state: a\nevents: {{go: {{context_map: {{a: {path}}}}}}}\n") == []


@pytest.mark.req("A9")
@pytest.mark.parametrize("escape", ["\\0", "\\n", "\\e", "\\t", "\\x7f", "\\x85", "\\L"])
@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('initial_state: "NAME"\n', 1, 16),
        ('initial_state: a\nstates: [a, "NAME"]\n', 2, 13),
        ('initial_state: a\nstates: {a: , "NAME": }\n', 2, 15),
        ('initial_state: a\nevents: ["NAME"]\n', 2, 10),
        ('initial_state: a\ntransitions: [{from: a, event: "NAME"}]\n', 2, 32),
        ('initial_state: a\ntransitions: [{from: a, to: "NAME", event: go}]\n', 2, 29),
        ('initial_state: a\ntransitions: [{from: [a, "NAME"], event: go}]\n', 2, 26),
        ('initial_state: a\nactions: {a: [{type: own, error: "NAME"}]}\n', 2, 34),
    ],
)
def test_a_name_has_no_control_characters(text: str, line: int, column: int, escape: str) -> None:
    loaded = parse(text.replace("NAME", f"a{escape}b"), "m.yaml")
    assert [(e.code, e.position.line, e.position.column) for e in loaded.errors] == [("bad-name", line, column)]
    (found,) = loaded.errors
    assert found.render().isprintable()


@pytest.mark.req("A9")
@pytest.mark.parametrize("name", ["Wäit für", "状态", "a b", "👩‍🔧", "timeout"])
def test_any_other_text_is_a_name(name: str) -> None:
    assert codes(f'initial_state: "{name}"\ntransitions: [{{from: "{name}", event: "{name}"}}]\n') == []
