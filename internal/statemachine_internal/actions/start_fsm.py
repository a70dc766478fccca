"""``start_fsm``: another machine begins a run, and this one waits for it if it likes (requirement C7).

Each look finds where the child stands from its row, the wish in its inbox, and its lock::

    no wish ──▶ asked ──▶ begun ──▶ ended
                 │          └ its row names this action in started_by
                 └ the wish is pending; a process is started after the commit, and again if this machine was killed
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.check_events import names_in
from statemachine_internal.actions.child_start import Wish, asked_at, last_context, wish_uid
from statemachine_internal.actions.context_vars import context_of
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen, flag
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import Child, InstantScope
from statemachine_internal.actions.send_event import checked_name
from statemachine_internal.actions.sleep import microseconds
from statemachine_internal.errors import ActionError
from statemachine_internal.store.protocol import EventStatus, MachineRow, MachineStatus

START_SECONDS = 60  # for a child to begin, where no less is asked for


class StartFsmAction(InstantAction):
    """Starts the machine ``machine_name`` by ``config``, with ``context_vars``; with ``wait``, until it has ended.

    Emits ``success`` (``fsm_started``, or ``fsm_finished``), ``failed`` (``fsm_failed``), ``timed_out``
    (``fsm_timed_out``), ``already_running`` (``fsm_already_running``). The child's name goes into ``fsm_machine``, what
    became of it into ``fsm_result``.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        child = self._child(scope)
        timeout = microseconds(chosen(self.config, "timeout_seconds") or 0, "timeout_seconds")
        waits = flag(self.config, "wait")
        expected = names_in(chosen(self.config, "expected_states"), "expected_states")
        row = scope.store.machine(child.name)
        asked = None if row is None else asked_at(row, scope.action_key)
        if row is not None and asked is not None:
            if not waits:
                return self._started(child)
            deadline = asked + timeout if timeout else None
            return self._ended(child, row, expected) or self._look(scope, child, row, deadline)
        status = scope.store.status_of(wish_uid(scope.action_key, child.name))
        if status is None:
            return self._ask(scope, child, row, timeout)
        if status is EventStatus.PROCESSED:
            return self._failed(child, row, "gone", "a later run took its place") if waits else self._started(child)
        if status in (EventStatus.PENDING, EventStatus.DEFERRED):
            return self._not_begun(scope, child, timeout, waits)
        return self._already_running(child)  # it took the wish for an event, and knows none such

    def _child(self, scope: InstantScope) -> Child:
        name = chosen(self.config, "machine_name", "machine")
        if name is None:
            raise ActionError("start_fsm needs machine_name: the name of the machine to start")
        if checked_name(name) == scope.machine:
            raise ActionError(f"'machine_name' is '{name}', which is this machine itself; name another one")
        config, actions_dir = chosen(self.config, "config", "yaml_path"), chosen(self.config, "actions_dir")
        return Child(
            name=checked_name(name),
            action_key=scope.action_key,
            config=None if config is None else str(config),
            actions_dir=None if actions_dir is None else str(actions_dir),
        )

    def _ask(self, scope: InstantScope, child: Child, row: MachineRow | None, timeout: int) -> Outcome:
        if _is_at_work(scope, child.name, row):
            return self._already_running(child)
        wish = Wish(
            parent=scope.machine,
            child=child.name,
            action_key=child.action_key,
            asked=scope.now,
            context=context_of(chosen(self.config, "context_vars"), scope.names),
        )
        scope.store.accept(wish.event(), EventStatus.PENDING, scope.now)
        scope.children.start(child)
        limit = START_SECONDS * 1_000_000
        return _wait(child, scope.now + (min(timeout, limit) if timeout else limit))

    def _not_begun(self, scope: InstantScope, child: Child, timeout: int, waits: bool) -> Outcome:
        end = scope.children.end_of(child.name)
        uid = wish_uid(child.action_key, child.name)
        if end is not None and not end.unit and not scope.is_alive(child.name):
            scope.store.withdraw(uid, scope.now, end.how)
            raise ActionError(f"machine '{child.name}' did not begin: {end.how}; see its log")
        if scope.due is not None and scope.now >= scope.due:
            scope.store.withdraw(uid, scope.now, "it was not begun in time")
            if waits and 0 < timeout <= START_SECONDS * 1_000_000:
                return self._timed_out(child)
            raise ActionError(f"machine '{child.name}' did not begin in time; see its log")
        scope.children.start(child)
        return _wait(child, scope.due)

    def _look(self, scope: InstantScope, child: Child, row: MachineRow, deadline: int | None) -> Outcome:
        """The run isn't at its end: does somebody see to it that it gets there?"""
        children = scope.children
        if scope.is_alive(child.name):
            if row.process is not None:
                children.watch(child.name, row.process)
        elif (end := children.end_of(child.name)) is not None:
            if not end.unit:
                status = "stopped" if row.place.status is MachineStatus.STOPPED else "died"
                return self._failed(child, row, status, end.how)
        elif not children.holds(child.name):
            children.start(child)  # it ended while this machine was away, and goes on where it was
        if deadline is not None and scope.now >= deadline:
            return self._timed_out(child)
        return _wait(child, deadline)

    # what it comes to

    def _ended(self, child: Child, row: MachineRow, expected: list[str] | None) -> Outcome | None:
        if row.place.status is not MachineStatus.FINISHED:
            return None
        result = _result(child, row, "finished", None)
        if expected is not None and row.place.state not in expected:
            return _outcome(child, event_of(self.config, "failed", "fsm_failed"), result)
        return _outcome(child, event_of(self.config, "success", "fsm_finished"), result)

    def _failed(self, child: Child, row: MachineRow | None, status: str, why: str) -> Outcome:
        return _outcome(child, event_of(self.config, "failed", "fsm_failed"), _result(child, row, status, why))

    def _started(self, child: Child) -> Outcome:
        return _outcome(child, event_of(self.config, "success", "fsm_started"))

    def _timed_out(self, child: Child) -> Outcome:
        return _outcome(child, event_of(self.config, "timed_out", "fsm_timed_out"))

    def _already_running(self, child: Child) -> Outcome:
        return _outcome(child, event_of(self.config, "already_running", "fsm_already_running"))


def _is_at_work(scope: InstantScope, name: str, row: MachineRow | None) -> bool:
    """Whether the machine is in the middle of a run that somebody sees to."""
    if row is None:
        return scope.is_alive(name)
    if row.place.status is MachineStatus.FINISHED:
        return False  # if its process lives, it is on its way out
    if scope.is_alive(name) or row.paused is not None:
        return True
    if row.process is None:  # it ended in order: idle_exit leaves it waiting, and the next event starts it
        return row.place.status is MachineStatus.WAITING
    return row.process.invocation_id is not None  # it crashed, and systemd is about to start it again


def _wait(child: Child, deadline: int | None) -> Outcome:
    return Outcome(waits_for={"machine": child.name}, wait_until=deadline)


def _outcome(child: Child, event: str | None, result: Mapping[str, Any] | None = None) -> Outcome:
    changes: dict[str, Any] = {"fsm_machine": child.name}
    if result is not None:
        changes["fsm_result"] = result
    return Outcome(event=event, changes=changes)


def _result(child: Child, row: MachineRow | None, status: str, why: str | None) -> dict[str, Any]:
    """What became of the child; of a run whose place another one took, only that."""
    known = row is not None and status != "gone"
    context = last_context(row) if row is not None and known else {}
    return {
        "machine": child.name,
        "state": row.place.state if row is not None and known else None,
        "status": status,
        "context": context,
        "error": why or context.get("last_error"),
    }
