from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import ActionError
from unit.actions.surroundings import NOW, SECOND, Surroundings


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("duration", "wait"), [(5, 5 * SECOND), (0.25, SECOND // 4), ("1.5", 1_500_000), (" 2 ", 2 * SECOND)]
)
def test_sleep_stores_the_time_of_its_end(around: Surroundings, duration: Any, wait: int) -> None:
    assert around.perform({"type": "sleep", "duration": duration}) == Outcome(wait_until=NOW + wait)


@pytest.mark.req("C7")
def test_a_placeholder_may_give_the_duration(around: Surroundings) -> None:
    around.context = {"pause": "3"}
    assert around.perform({"type": "sleep", "duration": "{pause}"}) == Outcome(wait_until=NOW + 3 * SECOND)


@pytest.mark.req("C7")
@pytest.mark.req("P10")
def test_run_again_before_its_time_it_waits_for_the_stored_one(around: Surroundings) -> None:
    due = NOW + 2 * SECOND
    assert around.perform({"type": "sleep", "duration": 60}, due=due) == Outcome(wait_until=due)


@pytest.mark.req("C7")
@pytest.mark.req("P10")
@pytest.mark.parametrize("due", [NOW, NOW - 3600 * SECOND])
def test_when_its_time_has_come_it_wakes_up(around: Surroundings, due: int) -> None:
    assert around.perform({"type": "sleep", "duration": 60}, due=due) == Outcome(event="wake_up")
    assert around.perform({"type": "sleep", "duration": 60, "success": "up"}, due=due) == Outcome(event="up")


@pytest.mark.req("C7")
def test_a_sleep_of_nothing_wakes_up_at_once(around: Surroundings) -> None:
    assert around.perform({"type": "sleep", "duration": 0}) == Outcome(event="wake_up")


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    "duration",
    [-1, "soon", "{pause}", None, True, float("nan"), float("inf"), 1e300, 10**400, [1]],
    ids=lambda d: repr(d)[:9],
)
def test_what_is_no_duration_is_named(around: Surroundings, duration: Any) -> None:
    with pytest.raises(ActionError, match=r"'duration' is .* give a number of seconds"):
        around.perform({"type": "sleep", "duration": duration})


@pytest.mark.req("C7")
@pytest.mark.req("C8")
def test_the_time_of_a_retry_is_not_taken_for_the_end_of_a_sleep_that_never_began(around: Surroundings) -> None:
    with pytest.raises(ActionError, match="'duration' is 'soon'"):
        around.perform({"type": "sleep", "duration": "soon"}, due=NOW)
