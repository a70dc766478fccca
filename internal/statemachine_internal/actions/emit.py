"""``emit``: an event and nothing else; and how every built-in action's events are renamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope


class EmitAction(InstantAction):
    """Emits ``event``."""

    def perform(self, scope: InstantScope) -> Outcome:  # noqa: ARG002
        return Outcome(event=event_of(self.config, "event", None))


def event_of(config: Mapping[str, Any], key: str, default: str | None) -> str | None:
    """The event to emit: what ``key`` says, else ``default``. ``""`` is said by a step that is to emit nothing."""
    value = config.get(key)
    return default if value is None else str(value)
