"""``job:`` names the states that say what became of a job."""

from __future__ import annotations

import pytest

from statemachine_internal.definition import parse

TEXT = "initial_state: a\ntransitions: [{from: a, to: done, event: go}, {from: a, to: broken, event: error}]\n"


@pytest.mark.req("F4")
def test_the_states_that_complete_and_fail_a_job() -> None:
    loaded = parse(TEXT + "job: {complete_in: [done], fail_in: broken}\n", "m.yaml")
    assert loaded.definition is not None
    assert loaded.definition.complete_in == {"done"}
    assert loaded.definition.fail_in == {"broken"}
    assert loaded.diagnostics == ()


@pytest.mark.req("F4")
@pytest.mark.parametrize(
    ("job", "code"),
    [
        ("{complete_in: [done], fail_in: [done]}", "job-state-twice"),
        ("{complete_in: [dome]}", "unknown-state"),
        ("{done: [done]}", "unknown-key"),
        ("[done]", "wrong-type"),
    ],
)
def test_what_job_may_hold(job: str, code: str) -> None:
    assert [d.code for d in parse(TEXT + f"job: {job}\n", "m.yaml").diagnostics] == [code]
