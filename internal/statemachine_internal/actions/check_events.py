"""``check_events``: takes an event out of the machine's own inbox; and how an action reads one name or a list."""

from __future__ import annotations

import json

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.errors import ActionError
from statemachine_internal.machine import event_data
from statemachine_internal.store.protocol import EventStatus, InboxEvent


class CheckEventsAction(InstantAction):
    """Takes the oldest pending event of ``event_types`` (one, a list, or none for any) and puts it into ``event_data``.

    Emits ``success``, else the event's own type; where there is none ``no_events``, which the key of this name renames.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        found = _oldest(scope, names_in(chosen(self.config, "event_types"), "event_types"))
        if found is None:
            return Outcome(event=event_of(self.config, "no_events", "no_events"))
        scope.store.settle(found.id, EventStatus.PROCESSED, scope.now)
        scope.ring(scope.machine)  # the machine may have read this row ahead
        row = {"event": found.type, "source": found.source, "state": scope.state, "job_id": found.job_id}
        scope.feed("event_taken", row, found.id)
        payload = json.loads(found.payload)
        data = event_data(found.type, payload, id=found.id, job_id=found.job_id, source=found.source)
        return Outcome(event=event_of(self.config, "success", found.type), changes={"event_data": data})


def names_in(value: object, key: str) -> list[str] | None:
    """One name or a list of names as a list; None if there is none.

    Raises:
        ActionError: it is neither.
    """
    if value is None:
        return None
    given: list[object] = list(value) if isinstance(value, (list, tuple)) else [value]
    names = [name for name in given if isinstance(name, str) and name]
    if len(names) < len(given):
        raise ActionError(f"'{key}' is {value!r}; give a name or a list of names")
    return names


def _oldest(scope: InstantScope, types: list[str] | None) -> InboxEvent | None:
    if types is None:
        events = scope.store.pending(scope.machine, scope.now, 1)
    else:
        events = scope.store.pending_of(scope.machine, scope.now, types)
    return events[0] if events else None
