"""The line that a diagram has for an action."""

from __future__ import annotations

import pytest

from statemachine_internal.definition import parse
from statemachine_internal.definition.catalog import BUILT_INS
from statemachine_internal.diagram.wording import LONGEST, wording

CASES = {
    'type: log, message: "{a} came"': "{a} came",
    "type: activity_log, message: hello": "hello",
    'type: bash, command: "\\n  make   all\\n  make install"': "make all",
    "type: bash, command: ./x, description: builds it": "builds it",
    "type: send_event, target_machine: pong, event_type: ping": "ping to pong",
    "type: send_event, params: {target_machine: pong, type: ping}": "ping to pong",
    "type: sleep, duration: 5": "5 s",
    "type: set_context, values: {a: 1, b: [x, true]}": "a = 1, b = x, true",
    "type: set_context, key: a, value: 1": "a = 1",
    "type: set_context, values: {a: [], b: {}}": "a = [], b = {}",
    'type: add_to_list, list: seen, value: "{id}"': "{id} to seen",
    "type: pop_from_list, list: todo, into: item": "todo, into item",
    "type: check_database_queue, job_type: resize": "resize",
    "type: check_database_queue": "",
    'type: complete_job, result: {a: 1}': "",
    'type: wait_for_jobs, jobs: [a, b]': "a, b",
    "type: check_machine_state, target_machine: m, expected_states: [a, b]": "m is in a, b",
    "type: emit, event: done": "done",
    "type: resize, quick: {a: 1}, width: 800": "width: 800",
    "type: resize, params: {width: 800}": "width: 800",
}  # fmt: skip


def line(action: str) -> str:
    loaded = parse(f"initial_state: a\nstates: [a]\nactions:\n  a:\n    - {{{action}}}\n", "m.yaml")
    assert loaded.definition is not None, loaded.diagnostics
    (spec,) = loaded.definition.states["a"].actions
    return wording(spec)


@pytest.mark.req("H3")
@pytest.mark.parametrize("action", CASES)
def test_the_line_says_what_an_action_does(action: str) -> None:
    assert line(action) == CASES[action]


@pytest.mark.req("H3")
@pytest.mark.parametrize("name", sorted(set(BUILT_INS) - {"multi_step"}))
def test_every_built_in_action_has_a_line(name: str) -> None:
    assert line(f"type: {name}, {BUILT_INS[name].example}") != "" or name == "complete_job"


@pytest.mark.req("H3")
def test_a_line_is_one_and_short() -> None:
    found = line('type: log, message: "\\u001b[31m' + "word " * 40 + '"')
    assert found.isprintable()
    assert len(found) <= LONGEST
    assert found.endswith("…")
