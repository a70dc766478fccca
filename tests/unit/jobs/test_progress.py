"""How the progress of a job is written."""

from __future__ import annotations

import pytest

from statemachine_internal.errors import ActionError
from statemachine_internal.jobs.progress import in_line, percent


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("progress: 40%", 40),
        ("progress: 40", 40),
        ("progress: 40.5 %", 40.5),
        ("  Progress:  0%  ", 0),
        ("PROGRESS:100.0%", 100),
        ("progress: 33.3333333%", 33.33),
    ],
)
def test_a_line_of_its_own_says_how_far_a_command_has_come(line: str, found: float) -> None:
    assert in_line(line) == found


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    "line",
    [
        "",
        "progress:",
        "progress: none",
        "progress: 140%",
        "progress: -1%",
        "progress: 1e1",
        "progress: ٤٠%",
        "progress: 40% of it",
        "in progress: 40%",
        "progress: 40" + " " * 60_000 + "x",
    ],
)
def test_any_other_line_is_just_a_line(line: str) -> None:
    assert in_line(line) is None


@pytest.mark.req("F1")
def test_whole_numbers_stay_whole_and_others_get_two_decimals() -> None:
    assert [repr(percent(value)) for value in (40, 40.0, 12.345, "7", " 7.5 % ", 0, 100)] == [
        "40", "40", "12.35", "7", "7.5", "0", "100",
    ]  # fmt: skip


@pytest.mark.req("F1")
@pytest.mark.parametrize("value", [-1, 100.1, float("nan"), float("inf"), True, None, "half", "101", [1], 10**400])
def test_what_is_no_progress_is_named(value: object) -> None:
    with pytest.raises(ActionError, match="give a number from 0 to 100"):
        percent(value)
