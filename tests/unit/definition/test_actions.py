"""Actions: their configuration, the keys that the engine obeys, and steps."""

from __future__ import annotations

import pytest

from statemachine_internal.definition import ActionSpec, Retry, parse
from statemachine_internal.definition.catalog import BUILT_INS, COMMON_KEYS


def source(actions: str) -> str:
    return "initial_state: a\nactions:\n  a:\n" + "".join(f"    {line}\n" for line in actions.splitlines())


def specs(actions: str, *warnings: str) -> tuple[ActionSpec, ...]:
    loaded = parse(source(actions), "m.yaml")
    assert tuple(d.code for d in loaded.diagnostics) == warnings
    assert loaded.definition is not None
    return loaded.definition.states["a"].actions


def codes(actions: str) -> list[tuple[str, int, int]]:
    """Code, line and column, counted from the start of ``actions``."""
    found = parse(source(actions), "m.yaml").diagnostics
    return [(d.code, d.position.line - 3, d.position.column - 4) for d in found]


@pytest.mark.req("A4")
def test_flat_keys_win_over_params_and_both_stay_visible() -> None:
    (spec,) = specs("- type: weigh\n  unit: kg\n  params: {unit: g, limit: 5, type: scale}\n")
    assert spec.type == "weigh"
    assert spec.config == {
        "type": "weigh",
        "unit": "kg",
        "limit": 5,
        "params": {"unit": "g", "limit": 5, "type": "scale"},
    }
    assert str(spec.position) == "m.yaml:4:7"


@pytest.mark.req("A4")
def test_configuration_is_plain_data() -> None:
    (spec,) = specs("- type: any\n  a: [1, 2.5, true, null, on, {b: '1'}]\n  codes: {2: two}\n")
    assert spec.config["a"] == [1, 2.5, True, None, "on", {"b": "1"}]
    assert spec.config["codes"] == {2: "two"}


@pytest.mark.req("C8")
@pytest.mark.parametrize("inside", ["", "params: "])
def test_the_engine_takes_its_keys_flat_or_from_params(inside: str) -> None:
    keys = "retry: {max: 2, backoff: 0.5, factor: 3, max_backoff: 9, jitter: 0}, timeout: 1.5, error: bad, when: x > 1"
    text = f"- {{type: log, message: m, {keys}}}" if not inside else f"- {{type: log, message: m, params: {{{keys}}}}}"
    (spec,) = specs(text)
    assert spec.retry == Retry(max=2, backoff=0.5, factor=3.0, max_backoff=9.0, jitter=0.0)
    assert (spec.timeout, spec.error) == (1.5, "bad")
    assert spec.when is not None
    assert spec.when.text == "x > 1"
    assert {"retry", "timeout", "error", "when"}.isdisjoint(spec.config)


@pytest.mark.req("C8")
def test_bash_keeps_its_timeout_and_failure_stands_for_error() -> None:
    (spec,) = specs("- {type: bash, command: make, timeout: 5, failure: broken}")
    assert (spec.timeout, spec.error, spec.config["timeout"]) == (5.0, "broken", 5)
    (spec,) = specs("- {type: bash, command: make, failure: broken, error: worse}")
    assert spec.error == "worse"


@pytest.mark.req("A4")
def test_a_custom_action_keeps_every_key_that_was_written() -> None:
    (spec,) = specs("- {type: my_own, error: bad, timeout: 5, colour: red}")
    assert (spec.error, spec.timeout) == ("bad", 5.0)
    assert spec.config == {"type": "my_own", "error": "bad", "timeout": 5, "colour": "red"}


@pytest.mark.req("C8")
@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("retry: 3", ("wrong-type", 1, 38)),
        ("retry: {backoff: 1}", ("missing-key", 1, 38)),
        ("retry: {max: -1}", ("out-of-range", 1, 44)),
        ("retry: {max: 1.5}", ("wrong-type", 1, 44)),
        ("retry: {max: true}", ("wrong-type", 1, 44)),
        ("retry: {max: 1, jitter: 2}", ("out-of-range", 1, 55)),
        ("retry: {max: 1, backoff: -1}", ("out-of-range", 1, 56)),
        ("retry: {max: 1, backoff: .inf}", ("out-of-range", 1, 56)),
        ("retry: {max: 1, backof: 1}", ("unknown-key", 1, 47)),
        ("timeout: 0", ("out-of-range", 1, 40)),
        ("timeout: '5'", ("wrong-type", 1, 40)),
        ("timeout: 5s", ("wrong-type", 1, 40)),
        ("timeout: .nan", ("out-of-range", 1, 40)),
        ("error: [a]", ("wrong-type", 1, 38)),
        ("error: ''", ("bad-name", 1, 38)),
        ("when: a >", ("bad-when", 1, 39)),
        ("when: [a]", ("wrong-type", 1, 37)),
    ],
)
def test_a_wrong_value_for_the_engine_is_shown_at_its_place(keys: str, expected: tuple[str, int, int]) -> None:
    assert codes(f"- {{type: bash, command: make, {keys}}}") == [expected]


@pytest.mark.req("A9")
@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("- echo hello", ("bare-action", 1, 3)),
        ("-", ("wrong-type", 1, 2)),
        ("- []", ("wrong-type", 1, 3)),
        ("- {message: x}", ("missing-key", 1, 3)),
        ("- {type: , message: x}", ("missing-key", 1, 3)),
        ("- {type: [log]}", ("bad-type", 1, 10)),
        ("- {type: ../log}", ("bad-type", 1, 10)),
        ("- {type: log}", ("missing-key", 1, 3)),
        ("- {type: log, params: hello, message: x}", ("wrong-type", 1, 23)),
        ("- {type: log, mesage: x, message: x}", ("unknown-key", 1, 15)),
        ("- {type: log, params: {mesage: x}, message: x}", ("unknown-key", 1, 24)),
        ("- {type: log, message: {id}}", ("bare-placeholder", 1, 24)),
        ("- {type: send_event, target: w, event: e, payload: {a: {id}}}", ("bare-placeholder", 1, 56)),
        ("- {type: send_event, event: e}", ("missing-key", 1, 3)),
        ("- {type: send_event, target: w}", ("missing-key", 1, 3)),
        ("{type: log}", ("wrong-type", 1, 1)),
        ("log", ("wrong-type", 1, 1)),
    ],
)
def test_what_an_action_needs(action: str, expected: tuple[str, int, int]) -> None:
    assert codes(action) == [expected]


@pytest.mark.req("A9")
def test_every_built_in_names_what_it_lacks_and_its_example_is_good() -> None:
    for name, known in BUILT_INS.items():
        (bare, *_) = codes(f"- type: {name}") or [("", 0, 0)]
        assert (bare[0] == "missing-key") == bool(known.required), name
        example = known.example if name in ("log", "bash") else f"{{{known.example}}}"
        text = (
            f"- type: {name}\n  params:\n    {example}"
            if name in ("log", "bash")
            else f"- type: {name}\n  params: {example}"
        )
        assert codes(text) == [], name


@pytest.mark.req("A9")
def test_custom_actions_own_their_keys() -> None:
    specs("- {type: my_own, anything: goes, params: {also: here}}")
    assert {"type", "params", "retry", "timeout", "error", "when"} <= COMMON_KEYS


@pytest.mark.req("C3")
def test_the_type_in_params_of_send_event_is_the_events() -> None:
    (spec,) = specs("- {type: send_event, params: {target: worker, type: ready}}")
    assert (spec.type, spec.config["params"]["type"]) == ("send_event", "ready")


@pytest.mark.req("D1")
def test_params_may_hold_values_that_the_actions_own_texts_ask_for() -> None:
    specs('- type: bash\n  command: "convert {in} -resize {width}x{height}"\n  params: {width: 800, height: 600}')


@pytest.mark.req("C1")
def test_activity_log_is_log() -> None:
    (spec,) = specs("- {type: activity_log, message: x, level: INFO}")
    assert spec.type == "activity_log"
    assert codes("- {type: activity_log}") == [("missing-key", 1, 3)]


@pytest.mark.req("C7")
def test_multi_step_becomes_its_steps_and_a_closing_event() -> None:
    made = specs(
        "- type: multi_step\n  success: all_done\n  error: failed\n  when: ready\n  steps:\n    - make\n"
        "    - {type: log, message: made, when: loud}\n"
        "    - {type: bash, command: ship, success: shipped, error: lost}\n"
        "- {type: log, message: after}"
    )
    assert [s.type for s in made] == ["bash", "log", "bash", "emit", "log"]
    assert made[0].config == {"type": "bash", "command": "make", "success": ""}
    assert [s.config.get("success") for s in made[1:3]] == [None, "shipped"]
    assert made[3].config == {"type": "emit", "event": "all_done"}
    assert [s.error for s in made] == ["failed", "failed", "lost", "failed", None]
    assert [s.when and s.when.text for s in made] == ["ready", "loud", "ready", "ready", None]
    assert [s.skip_on_failure for s in made] == [3, 2, 1, 0, 0]
    assert [s.position.line for s in made] == [9, 10, 11, 4, 12]


@pytest.mark.req("C7")
def test_multi_step_nests_and_a_failure_passes_over_all_that_follows() -> None:
    made = specs(
        "- type: multi_step\n  params:\n    steps:\n"
        "      - a\n      - {type: multi_step, steps: [b, c], success: x}\n      - d"
    )
    assert [s.config.get("command") or s.config["event"] for s in made] == ["a", "b", "c", "x", "d"]
    assert [s.skip_on_failure for s in made] == [4, 3, 2, 1, 0]


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("steps: make", ("wrong-type", 1, 29)),
        ("steps: [[a]]", ("wrong-type", 1, 30)),
        ("steps: [{message: x}]", ("missing-key", 1, 30)),
        ("steps: [a], retry: {max: 1}", ("step-key", 1, 41)),
        ("steps: [a], timeout: 5", ("step-key", 1, 43)),
    ],
)
def test_what_multi_step_needs(keys: str, expected: tuple[str, int, int]) -> None:
    assert codes(f"- {{type: multi_step, {keys}}}") == [expected]


@pytest.mark.req("C7")
def test_steps_that_would_emit_by_default_are_silent() -> None:
    made = specs("- {type: multi_step, steps: [{type: sleep, duration: 1}, {type: own}, {type: log, message: x}]}")
    assert [s.config.get("success") for s in made] == ["", None, None]


@pytest.mark.req("A9")
@pytest.mark.parametrize(
    ("action", "column"),
    [
        ("{type: sleep, duration: long}", 27),
        ("{type: sleep, params: {duration: 5s}}", 36),
        ("{type: sleep, duration: nan}", 27),
        ("{type: send_event, target: w, event: e, delay: soon}", 50),
        ("{type: check_machine_state, target_machine: w, expected_states: [a], timeout_seconds: 1 min}", 89),
    ],
)
def test_a_text_where_seconds_must_stand_is_refused(action: str, column: int) -> None:
    assert codes(f"- {action}") == [("wrong-type", 1, column)]


@pytest.mark.req("C4")
@pytest.mark.parametrize("duration", ["5", "'5'", "0.5", "' 5 '", '"{pause}"', '"{pause|default:5}"', "1e3"])
def test_seconds_may_be_a_number_its_text_or_a_placeholder(duration: str) -> None:
    specs(f"- {{type: sleep, duration: {duration}}}")


@pytest.mark.req("A9")
@pytest.mark.parametrize(
    ("action", "column"),
    [
        ("{type: sleep, duration: -1}", 27),
        ("{type: sleep, duration: true}", 27),
        ("{type: sleep, params: {duration: '-1'}}", 36),
        ("{type: log, message: x, level: loud}", 34),
        ("{type: pop_from_list, list: a, from: middle}", 40),
        ("{type: add_to_list, list: a, value: b, unique: 'yes'}", 50),
        ("{type: start_fsm, machine_name: m, wait: 1}", 44),
        ("{type: add_job, job_type: a, priority: 0}", 42),
        ("{type: add_job, job_type: a, max_attempts: 2.5}", 46),
        ("{type: add_job, job_type: a, payload: text}", 41),
        ("{type: get_pending_jobs, limit: many}", 35),
        ("{type: set_context, values: [a]}", 31),
        ("{type: bash, command: make, error_mappings: [a]}", 47),
    ],
)
def test_a_value_that_the_action_can_t_use_is_told_of_before_it_runs(action: str, column: int) -> None:
    assert codes(f"- {action}") == [("bad-value", 1, column)]


@pytest.mark.req("A9")
@pytest.mark.parametrize(
    "action",
    [
        "{type: log, message: x, level: WARNING}",
        "{type: log, message: x, level: '{level}'}",
        "{type: log, message: x, level: null}",
        "{type: add_job, job_type: a, priority: '3', payload: '{all}'}",
        "{type: add_job, job_type: a, max_attempts: '{tries}', payload: {}}",
        "{type: bash, command: make, env: [], error_mappings: {2: lost}}",
        "{type: start_fsm, machine_name: m, wait: '{waits}', timeout_seconds: 0}",
        "{type: set_context, values: '{event_data.payload}'}",
        "{type: weigh, level: loud, priority: high, wait: 'yes'}",
    ],
)
def test_a_value_that_may_be_right_is_not_complained_of(action: str) -> None:
    specs(f"- {action}")
