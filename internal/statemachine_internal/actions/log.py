"""``log``, alias ``activity_log``: a line for the journal and for the activity log of the UI (requirement C1)."""

from __future__ import annotations

import json
from typing import Any

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.errors import ActionError

LEVELS = ("info", "warning", "error", "success", "debug")


class LogAction(InstantAction):
    """Says ``message`` at ``level`` (``info``); emits ``success`` if that is given."""

    def perform(self, scope: InstantScope) -> Outcome:
        level = _level(chosen(self.config, "level"))
        text = _text(chosen(self.config, "message"))
        scope.log.message(text, level)
        row = {"message": text, "level": level, "state": scope.state, "job_id": scope.job_id}
        scope.feed("activity_log", row, None)
        return Outcome(event=event_of(self.config, "success", None))


def _level(value: object) -> str:
    level = "info" if value is None else str(value).lower()
    if level not in LEVELS:
        raise ActionError(f"log has no level {value!r}; use one of: {', '.join(LEVELS)}")
    return level


def _text(message: Any) -> str:
    if message is None:
        raise ActionError("log has nothing to say; give it a message")
    return message if isinstance(message, str) else json.dumps(message, ensure_ascii=False, default=str)
