"""``send_event``: an event to other machines or to the UI, stored with the step that sends it (requirement C3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, NoReturn

from statemachine_internal.actions.base import InstantAction, as_json
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen, flag
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.actions.sleep import microseconds
from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.control.envelope import LARGEST_PAYLOAD
from statemachine_internal.errors import ActionError, UsageError
from statemachine_internal.feed.types import ReservedType, check_shown_type
from statemachine_internal.interpolation import placeholders
from statemachine_internal.store.protocol import EventStatus, NewEvent

ALL = "all"
UI = "ui"
LONGEST_TYPE = 128
# A row may be larger than a message of the control socket: it is never sent there, its target is only woken.

_GLOB = frozenset("*?[")


class SendEventAction(InstantAction):
    """Sends ``event_type`` with ``payload`` and ``job_id`` to ``target_machine``, ``delay`` seconds from now.

    The target is a machine (whether it runs or not), ``all`` others that the database knows, a glob over the names of
    all that it knows, or ``ui``. Emits ``success`` (``event_sent``). With ``fire_and_forget`` what can't be sent is a
    warning and no failure.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        forget = flag(self.config, "fire_and_forget")
        try:
            self._send(scope)
        except ActionError as error:
            if not forget:
                raise
            scope.log.warning(f"event not sent: {error}")
        return Outcome(event=event_of(self.config, "success", "event_sent"))

    def _send(self, scope: InstantScope) -> None:
        event_type = _event_type(self.config)
        targets = _targets(scope, chosen(self.config, "target_machine", "target"))
        if UI in targets:
            _check_shown(event_type)
        payload = _payload(scope, self.config.get("payload"))
        text = _encoded(payload)
        job_id = _job_id(scope, self.config.get("job_id"))
        delay = microseconds(chosen(self.config, "delay") or 0, "delay")
        for target in targets:
            event = NewEvent(
                source=scope.machine,
                target=target,
                type=event_type,
                payload=text,
                job_id=job_id,
                # The key outlives the attempt, so an attempt that is made again sends nothing twice.
                uid=f"{scope.action_key}>{target}",
                not_before=scope.now + delay if delay else 0,
            )
            if target == UI:
                event_id, known = scope.store.accept(event, EventStatus.PROCESSED, scope.now)
                if not known:
                    scope.feed(event_type, payload, event_id)
            else:
                scope.store.accept(event, EventStatus.PENDING, scope.now)
                scope.ring(target)  # of a delayed event too, so that the target can set its timer


def checked_name(value: object) -> str:
    """Return ``value`` if a machine may be called so.

    Raises:
        ActionError: it is no name.
    """
    if value is None:
        raise ActionError("no machine is named; give target_machine")
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ActionError(f"{value!r:.200} is no machine name; give a text")
    try:
        return check_machine_name(str(value))
    except UsageError as error:
        raise ActionError(str(error)) from error


def _targets(scope: InstantScope, value: object) -> list[str]:
    if value == ALL:
        return [name for name, _, _ in scope.store.machines() if name != scope.machine]
    if isinstance(value, str) and not _GLOB.isdisjoint(value):
        found = [name for name, _, _ in scope.store.machines() if fnmatchcase(name, value)]
        if not found:
            raise ActionError(
                f"no machine is called like '{value}'; see what there is with: statemachine-db machine-state"
            )
        return found
    return [checked_name(value)]


def _event_type(config: Mapping[str, Any]) -> str:
    params = config.get("params")
    value = chosen(config, "event_type", "event")
    if value is None and isinstance(params, Mapping):
        value = params.get("type")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_TYPE:
        raise ActionError(f"'event_type' is {value!r:.200}; give a text of 1 to {LONGEST_TYPE} characters")
    return value


def _check_shown(event_type: str) -> None:
    try:
        check_shown_type(event_type)
    except ReservedType as error:
        raise ActionError(str(error)) from error


def _payload(scope: InstantScope, value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str):
        try:
            parsed = json.loads(value, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, dict):
            return parsed
    scope.log.warning(f"the payload of send_event is no map, and {{}} is sent instead: {value!r:.200}")
    return {}


def _encoded(payload: Mapping[str, Any]) -> str:
    text = as_json(payload)
    if text is None:
        raise ActionError("'payload' holds what JSON can't carry; use text, numbers, lists and maps")
    size = len(text.encode())
    if size > LARGEST_PAYLOAD:
        raise ActionError(
            f"'payload' has {size} bytes, and an event takes {LARGEST_PAYLOAD}; store it in a file and send its path"
        )
    return text


def _job_id(scope: InstantScope, value: object) -> str | None:
    if value is None or value == "":
        return scope.job_id
    if isinstance(value, str) and placeholders(value):
        scope.log.warning(
            f"'job_id' of send_event is {value!r:.200}, which nothing fills: the event goes without a job"
        )
        return None
    return str(value)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
