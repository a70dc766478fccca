from __future__ import annotations

import pytest

from statemachine_internal.actions.outcome import Outcome
from unit.actions.surroundings import Surroundings


@pytest.mark.req("C7")
def test_emit_emits(around: Surroundings) -> None:
    assert around.perform({"type": "emit", "event": "all_done"}) == Outcome(event="all_done")


@pytest.mark.req("C7")
def test_an_empty_success_emits_nothing_so_that_the_next_step_runs(around: Surroundings) -> None:
    around.context = {"todo": ["a"]}
    outcome = around.perform({"type": "pop_from_list", "list": "todo", "success": ""})
    assert not outcome.event
    assert outcome.changes == {"todo": [], "current_item": "a"}
