"""``clear_events``: what waits in an inbox is marked ignored (requirement C6)."""

from __future__ import annotations

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.check_events import names_in
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.actions.send_event import checked_name


class ClearEventsAction(InstantAction):
    """Clears the open events of ``event_types`` (one, a list, none for all) of ``target_machine`` (the machine itself).

    Their number goes into the context as ``cleared_events``. Emits ``success`` (``events_cleared``), or
    ``no_events_to_clear``.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        types = names_in(chosen(self.config, "event_types"), "event_types")
        target = checked_name(chosen(self.config, "target_machine") or scope.machine)
        count = scope.store.clear(target, types, scope.now, f"cleared by {scope.machine}")
        if count and target == scope.machine:
            scope.ring(target)  # the machine may have read these rows ahead
        event = event_of(self.config, "success", "events_cleared") if count else "no_events_to_clear"
        return Outcome(event=event, changes={"cleared_events": count})
