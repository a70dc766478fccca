"""``set_context``: values of the machine's own, stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from statemachine_internal.actions.base import InstantAction, as_json
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import context_key, held_job
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.errors import ActionError
from statemachine_internal.jobs import progress


class SetContextAction(InstantAction):
    """Sets ``key`` to ``value``, and every key of the map ``values``; emits ``success`` if that is given.

    In a machine that has a job ``job_progress`` is how far that has come.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        given = self._values()
        if self.config.get("key") is not None:
            given[self.config["key"]] = self.config.get("value")
        if not given:
            raise ActionError("set_context has nothing to set; give it values (a map), or key and value")
        changes = {context_key(name): storable(value, f"the value of '{name}'") for name, value in given.items()}
        if progress.NAME in changes and held_job(scope.context) is not None:
            changes |= _progress(scope, changes.pop(progress.NAME))
        return Outcome(event=event_of(self.config, "success", None), changes=changes)

    def _values(self) -> dict[Any, Any]:
        values = self.config.get("values")
        if values is None:
            return {}
        if not isinstance(values, Mapping):
            raise ActionError(f"'values' is {values!r}; give a map of context keys to values")
        return dict(values)


def _progress(scope: InstantScope, value: object) -> dict[str, Any]:
    """Store the progress of the machine's job; returns the change that keeps it for the placeholder."""
    percent, job = progress.percent(value), scope.context["current_job"]
    stored = progress.store_progress(scope.store, scope.machine, str(job["id"]), percent, scope.tell_job)
    return {"current_job": {**job, "progress": percent}} if stored else {}


def storable(value: Any, what: str) -> Any:
    """Return ``value`` if it can be stored with a machine.

    Raises:
        ActionError: JSON can't carry it.
    """
    if as_json(value) is None:
        raise ActionError(f"{what} is {value!r}, which JSON can't carry; use text, numbers, lists and maps")
    return value
