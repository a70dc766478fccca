"""``sleep``: a time that survives a restart; and how an action reads seconds."""

from __future__ import annotations

import math

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.definition.catalog import LONGEST_WAIT
from statemachine_internal.errors import ActionError


class SleepAction(InstantAction):
    """Waits ``duration`` seconds, then emits ``success`` (``wake_up``).

    Nothing sleeps here: the time of the end is stored, and the action runs again when it has come.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        duration = microseconds(self.config.get("duration"), "duration")
        due = scope.now + duration if scope.due is None else scope.due
        if scope.now < due:
            return Outcome(wait_until=due)
        return Outcome(event=event_of(self.config, "success", "wake_up"))


def microseconds(value: object, key: str) -> int:
    """A number of seconds, or its text, as microseconds.

    Raises:
        ActionError: it is neither, or below 0, or over a hundred years.
    """
    number = math.nan
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
    if not 0 <= number <= LONGEST_WAIT:
        raise ActionError(f"'{key}' is {value!r}; give a number of seconds, at least 0 and at most {LONGEST_WAIT}")
    return round(number * 1_000_000)
