"""``add_job``: a new job in the queue (requirements C7, F1, F5)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.actions.set_context import storable
from statemachine_internal.actions.sleep import microseconds
from statemachine_internal.errors import ActionError
from statemachine_internal.jobs import queue
from statemachine_internal.store.job_protocol import NewJob


class AddJobAction(InstantAction):
    """Adds a job; its ``id`` is ``job_id``, or made from the action's key, so that a repeat adds nothing.

    Takes ``job_type`` (needed), ``machine_type``, ``input_file``, ``payload`` (a map), ``priority`` (5),
    ``max_attempts`` (1), ``delay`` (seconds) and ``unique_key``. Puts the id into ``added_job``, and emits
    ``success`` (``job_added``), or ``duplicate`` (``job_duplicate``) where the id, or the open key, is there
    already.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        type = chosen(self.config, "job_type")
        if not type:
            raise ActionError("add_job needs a job_type")
        payload = self.config.get("payload") or {}
        if not isinstance(payload, Mapping):
            raise ActionError(f"the payload of a job is a map, not {type_name(payload)}")
        id = _name(chosen(self.config, "job_id") or scope.action_key, "job_id", 256)
        delay = microseconds(chosen(self.config, "delay") or 0, "delay")
        job = NewJob(
            id=id,
            type=_name(type, "job_type", 128),
            payload=json.dumps(storable(payload, "'payload'")),
            machine_type=_optional(chosen(self.config, "machine_type")),
            input_file=_optional(chosen(self.config, "input_file")),
            priority=whole(self.config, "priority", 5),
            max_attempts=whole(self.config, "max_attempts", 1),
            run_after=scope.now + delay if delay else 0,
            unique_key=_optional(chosen(self.config, "unique_key")),
            source_job=scope.job_id,
        )
        try:
            queue.add(scope.store, job, scope.now, scope.ring)
        except queue.JobRefused as refused:
            scope.log.warning(str(refused))
            return Outcome(event=event_of(self.config, "duplicate", "job_duplicate"))
        scope.tell_job("job_added", {"job_id": id, "type": job.type})
        return Outcome(event=event_of(self.config, "success", "job_added"), changes={"added_job": id})


def type_name(value: object) -> str:
    """What a value is, for a message."""
    return type(value).__name__


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


def _name(value: object, key: str, longest: int) -> str:
    text = str(value)
    if not 1 <= len(text) <= longest:
        raise ActionError(f"the {key} of a job has 1 to {longest} characters, and this one {len(text)}")
    return text


def whole(config: Mapping[str, object], key: str, default: int, most: int = 2**31) -> int:
    """A whole number from 1 on, or its text.

    Raises:
        ActionError: it is neither, or over ``most``.
    """
    value = config.get(key)
    if value is None:
        return default
    number = 0
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        try:
            number = int(value)
        except ValueError:
            number = 0
    if not 1 <= number <= most:
        raise ActionError(f"'{key}' is {value!r}; use a whole number from 1 to {most}")
    return number
