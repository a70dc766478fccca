"""Rows of the feed in words."""

from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.feed.words import level, words

AGAIN = {"state": "a", "action": "b", "error": "x", "retry_in": 2.5}

pytestmark = pytest.mark.req("I3")


@pytest.mark.parametrize(
    ("type", "payload", "said"),
    [
        ("state_change", {"from": "a", "to": "b", "event": "go", "entry": 2}, "a -> b on go"),
        ("state_change", {"from": "a", "to": "b", "event": "go", "entry": 2, "job_id": "j"}, "a -> b on go (job j)"),
        ("state_change", {"from": "", "to": "a", "event": "start", "entry": 1}, "begins in a"),
        ("state_change", {"from": "a", "to": "a", "event": "note", "internal": True}, "a: note"),
        ("activity_log", {"message": "hi", "level": "info"}, "hi"),
        ("error", {"state": "a", "action": "bash", "error": "no\nroom"}, "bash failed: no (in a)"),
        ("error", AGAIN, "b failed: x; next attempt in 2.5 s (in a)"),
        ("error", {"state": "a", "event": "e", "error": "nobody takes it"}, "nobody takes it (in a)"),
        ("job_started", {"job_id": "j", "attempt": 1}, "job j started"),
        ("job_failed", {"job_id": "j", "error": "x"}, "job j failed: x"),
        ("job_progress", {"job_id": "j", "progress": 40}, "job j is at 40 %"),
        ("machine_registered", {"state": "a", "resumed": True, "pid": 1}, "resumed in a"),
        ("machine_terminated", {"state": "a", "reason": "SIGTERM"}, "stopped in a: SIGTERM"),
        ("machine_paused", {"state": "a"}, "paused in a"),
        ("my_own", {"n": 1, "s": "x"}, 'my_own n=1 s="x"'),
        ("state_change", {"odd": 1}, "state_change odd=1"),
    ],
)  # fmt: skip
def test_every_kind_of_row_is_told_in_one_line(type: str, payload: dict[str, Any], said: str) -> None:
    assert words(type, payload) == said


def test_levels_are_those_of_the_log() -> None:
    assert level("activity_log", {"level": "SUCCESS"}) == "success"
    assert [level(type, {}) for type in ("error", "job_failed", "job_completed", "state_change")] == [
        "error", "error", "success", "info",
    ]  # fmt: skip
