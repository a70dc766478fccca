"""``check_machine_state``: where another machine stands, from its row and its lock (requirement C5)."""

from __future__ import annotations

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.check_events import names_in
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.actions.send_event import checked_name
from statemachine_internal.actions.sleep import microseconds
from statemachine_internal.errors import ActionError


class CheckMachineStateAction(InstantAction):
    """Asks whether ``target_machine`` is in one of ``expected_states``, for up to ``timeout_seconds`` (0).

    Emits ``success`` (``in_expected_state``), ``unexpected_state``, or ``not_running``. Until the time is over it waits
    for the machine, and looks again whenever it is woken.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        target = checked_name(chosen(self.config, "target_machine"))
        expected = names_in(chosen(self.config, "expected_states"), "expected_states")
        if not expected:
            raise ActionError("check_machine_state needs expected_states: a state or a list of states")
        event, reached = self._look(scope, target, expected)
        deadline = self._deadline(scope)
        if not reached and scope.now < deadline:
            return Outcome(waits_for={"machine": target}, wait_until=deadline)
        return Outcome(event=event)

    def _look(self, scope: InstantScope, target: str, expected: list[str]) -> tuple[str | None, bool]:
        row = scope.store.machine(target)
        if row is None or not scope.is_alive(target):
            return "not_running", False
        if row.place.state in expected:
            return event_of(self.config, "success", "in_expected_state"), True
        return "unexpected_state", False

    def _deadline(self, scope: InstantScope) -> int:
        timeout = microseconds(chosen(self.config, "timeout_seconds") or 0, "timeout_seconds")
        return scope.now + timeout if scope.due is None else scope.due
