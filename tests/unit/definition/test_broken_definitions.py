"""Broken definitions, each with the complaint that its author gets: place, code, text and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from statemachine_internal.definition import DefinitionError, load, load_definition, parse
from statemachine_internal.errors import EX_CONFIG

BROKEN = Path(__file__).parents[2] / "data" / "definitions" / "broken"

EXPECTED = {
    "wrong_type": (2, 14, "wrong-type", "waiting to working", "write '- from: a' and under it 'to: b' and 'event: go'"),
    "unknown_state": (5, 9, "unknown-state", "workin", "did you mean 'working'?"),
    "unknown_key": (5, 5, "unknown-key", "evnt", "did you mean 'event'?"),
    "bad_timeout": (5, 20, "bad-timeout", "timeout(5s)", "write the seconds, such as timeout(30) or timeout(0.5)"),
    "tab": (3, 1, "tab", "\t", "use spaces"),
    "duplicate_key": (6, 5, "duplicate-key", "to", "keep one of the two"),
    "bare_list": (5, 3, "bare-list", "", "write 'actions:', under it 'idle:', and the list under that"),
    "unknown_from": (4, 21, "unknown-state", "wroking", "did you mean 'working'?"),
    "missing_initial_state": (2, 1, "missing-initial-state", "", "write initial_state: and one of waiting, working"),
    "bad_when": (6, 18, "bad-when", "tries = 3", "compare with =="),
    "unclosed_quote": (2, 7, "unclosed-quote", '"', 'close it with "'),
    "retry_without_max": (8, 14, "missing-key", "", "write retry: {max: 3, backoff: 1}"),
}


@pytest.mark.req("A9")
def test_every_broken_definition_is_expected_here() -> None:
    assert {path.stem for path in BROKEN.glob("*.yaml")} == set(EXPECTED)


@pytest.mark.req("A9")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_definition_gets_one_exact_complaint(name: str) -> None:
    path = str(BROKEN / f"{name}.yaml")
    (found,) = load(path).diagnostics
    line, column, code, text, hint = EXPECTED[name]
    where = (found.position.file, found.position.line, found.position.column)
    assert (*where, found.code, found.text, found.hint) == (path, line, column, code, text, hint)
    word = "warning" if name == "unknown_key" else "error"
    assert found.render() == f"{path}:{line}:{column}: {word}[{code}]: {found.message}; {hint}"


@pytest.mark.req("A9")
def test_complaints_are_reported_together_and_in_file_order() -> None:
    text = (
        "final: [dome]\ninitial_state: waitin\nstates: [waiting, done]\non_unhandled: drop\nidle_exit: soon\n"
        "transitions:\n  - {from: waiting, to: done, event: timeout(0)}\n  - {from: waiting, to: done}\n"
        "actions:\n  waiting: {type: log}\n  done:\n    - echo hello\n    - type: log\n"
    )
    found = parse(text, "m.yaml").diagnostics
    assert [(d.position.line, d.position.column, d.code) for d in found] == [
        (1, 9, "unknown-state"),
        (2, 16, "unknown-state"),
        (4, 15, "bad-choice"),
        (5, 12, "wrong-type"),
        (7, 46, "bad-timeout"),
        (8, 5, "missing-key"),
        (10, 12, "wrong-type"),
        (12, 7, "bare-action"),
        (13, 7, "missing-key"),
    ]


@pytest.mark.req("A9")
def test_the_error_says_all_complaints_one_a_line_and_the_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "initial_state: start\ntransitons:\n  - {from: start}\n"
        "transitions: [{from: start, to: done, evnt: go}]\nfinl: [done]\n"
    )
    with pytest.raises(DefinitionError) as caught:
        load_definition(str(path))
    assert str(caught.value).split("\n") == [
        f"{path}:2:1: warning[unknown-key]: a definition has no key 'transitons'; did you mean 'transitions'?",
        f"{path}:4:15: error[missing-key]: a transition needs 'event'; you wrote 'evnt': did you mean 'event'?",
        f"{path}:4:39: warning[unknown-key]: a transition has no key 'evnt'; did you mean 'event'?",
        f"{path}:5:1: warning[unknown-key]: a definition has no key 'finl'; did you mean 'final'?",
    ]
    assert caught.value.exit_code == EX_CONFIG


@pytest.mark.req("A9")
def test_what_an_alias_leads_to_again_is_complained_of_once() -> None:
    text = "initial_state: a\nstates: [a, b]\nactions:\n  a: &same\n    - {type: log}\n  b: *same\n"
    assert [(d.code, d.position.line) for d in parse(text, "m.yaml").diagnostics] == [("missing-key", 5)]


@pytest.mark.req("A9")
@pytest.mark.parametrize(
    ("text", "wrote", "meant"),
    [
        ("initial_stat: a\nstates: [a]\n", "initial_stat", "initial_state"),
        ("initial_state: a\ntransitions: [{form: a, event: go}]\n", "form", "from"),
        ("initial_state: a\ntransitions: [{from: a, trigger: go}]\n", "trigger", "event"),
        ("initial_state: a\nactions: {a: [{typ: log, message: x}]}\n", "typ", "type"),
        ("initial_state: a\nactions: {a: [{type: log, mesage: x}]}\n", "mesage", "message"),
        ("initial_state: a\nactions: {a: [{type: bash, cmd: make}]}\n", "cmd", "command"),
        ("initial_state: a\nactions: {a: [{type: log, params: {msg: x}}]}\n", "msg", "message"),
        ("initial_state: a\nactions: {a: [{type: mine, retry: {tries: 3}}]}\n", "tries", "max"),
    ],
)
def test_a_missing_key_that_was_misspelt_is_named(text: str, wrote: str, meant: str) -> None:
    (found,) = parse(text, "m.yaml").errors
    assert found.hint == f"you wrote '{wrote}': did you mean '{meant}'?"


@pytest.mark.req("A9")
def test_a_key_that_is_near_to_another_one_is_not_taken_for_the_missing_one() -> None:
    (found,) = parse("initial_state: a\ntransitions: [{from: a, intrrupt: true}]\n", "m.yaml").errors
    assert (found.code, "did you mean" in found.hint) == ("missing-key", False)


@pytest.mark.req("A9")
def test_warnings_do_not_refuse_a_definition() -> None:
    definition = load_definition(str(BROKEN / "unknown_key.yaml"))
    assert definition.initial_state == "waiting"


@pytest.mark.req("A9")
def test_thousands_of_mistakes_do_not_flood_the_terminal() -> None:
    text = "initial_state: a\nstates: [a]\ntransitions:\n" + "  - {from: b, to: a, event: go}\n" * 3000
    found = parse(text, "m.yaml").diagnostics
    assert len(found) == 101
    assert found[-1].code == "more"


@pytest.mark.req("A9")
def test_a_complaint_is_one_line_whatever_the_text_holds() -> None:
    text = 'initial_state: "a\\nb\\u2028c"\nstates: [x]\n'
    (found,) = parse(text, "m.yaml").errors
    assert len(found.render().splitlines()) == 1


@pytest.mark.req("A3")
def test_a_bare_list_under_actions_says_what_to_write() -> None:
    (found,) = load(str(BROKEN / "bare_list.yaml")).errors
    assert "'idle:'" in found.hint
