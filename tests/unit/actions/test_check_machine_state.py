from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from unit.actions.surroundings import NOW, SECOND, Surroundings

CONFIG = {"type": "check_machine_state", "target_machine": "printer", "expected_states": ["waiting", "idle"]}
DEADLINE = NOW + 30 * SECOND


@pytest.mark.req("C5")
@pytest.mark.parametrize("expected", ["idle", ["waiting", "idle"]])
def test_a_machine_in_an_expected_state(around: Surroundings, expected: Any) -> None:
    around.machine("printer", "idle")
    assert around.perform({**CONFIG, "expected_states": expected}) == Outcome(event="in_expected_state")
    assert around.perform({**CONFIG, "success": "ready"}) == Outcome(event="ready")


@pytest.mark.req("C5")
def test_a_machine_in_another_state(around: Surroundings) -> None:
    around.machine("printer", "printing")
    assert around.perform(CONFIG) == Outcome(event="unexpected_state")


@pytest.mark.req("C5")
def test_a_machine_that_never_ran_is_not_running(around: Surroundings) -> None:
    around.alive.add("printer")
    assert around.perform(CONFIG) == Outcome(event="not_running")


@pytest.mark.req("C5")
def test_a_machine_whose_lock_is_free_is_not_running_whatever_its_row_says(around: Surroundings) -> None:
    around.machine("printer", "idle", alive=False)
    assert around.perform(CONFIG) == Outcome(event="not_running")


@pytest.mark.req("C5")
@pytest.mark.req("P9")
@pytest.mark.parametrize("alive", [True, False])
def test_with_a_timeout_it_waits_for_the_machine(around: Surroundings, alive: bool) -> None:
    around.machine("printer", "printing", alive=alive)
    waiting = Outcome(waits_for={"machine": "printer"}, wait_until=DEADLINE)
    config = {**CONFIG, "timeout_seconds": 30}
    assert around.perform(config) == waiting
    around.now += 10 * SECOND
    assert around.perform(config, due=DEADLINE) == waiting


@pytest.mark.req("C5")
def test_with_a_timeout_it_goes_on_as_soon_as_the_state_is_reached(around: Surroundings) -> None:
    around.machine("printer", "idle")
    assert around.perform({**CONFIG, "timeout_seconds": 30}) == Outcome(event="in_expected_state")


@pytest.mark.req("C5")
@pytest.mark.parametrize(("alive", "event"), [(True, "unexpected_state"), (False, "not_running")])
def test_after_the_timeout_it_says_what_is(around: Surroundings, alive: bool, event: str) -> None:
    around.machine("printer", "printing", alive=alive)
    around.now = DEADLINE
    assert around.perform({**CONFIG, "timeout_seconds": 30}, due=DEADLINE) == Outcome(event=event)


@pytest.mark.req("C5")
@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"target_machine": None}, "give target_machine"),
        ({"target_machine": "a b"}, "machine name"),
        ({"expected_states": None}, "needs expected_states"),
        ({"expected_states": []}, "needs expected_states"),
        ({"expected_states": 3}, "a name or a list of names"),
        ({"timeout_seconds": "long"}, "'timeout_seconds' is 'long'"),
    ],
)
def test_what_is_missing_or_makes_no_sense_is_named(around: Surroundings, keys: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ActionError, match=complaint):
        around.perform({**CONFIG, **keys})
