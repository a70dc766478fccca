"""The wish of one machine that another one begins a run, and how that one's row says whose wish began it.

::

    parent's step ──▶ event START in the child's inbox ──▶ child's first transaction ──▶ context["started_by"]
        (stored, uid = action key)                         (the event is processed)      (until the next run)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from statemachine_internal.actions.base import as_json
from statemachine_internal.control.envelope import LARGEST_PAYLOAD
from statemachine_internal.errors import ActionError
from statemachine_internal.store.protocol import InboxEvent, MachineRow, NewEvent

START = "statemachine.start"  # a type that no definition uses: a machine at work takes it for nothing
STARTED_BY = "started_by"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """``child`` is to begin a run with ``context``; ``asked`` is when the action came to it, in microseconds."""

    parent: str
    child: str
    action_key: str
    asked: int
    context: Mapping[str, Any]

    def event(self) -> NewEvent:
        """The wish as a row of the child's inbox.

        Raises:
            ActionError: the context can't be stored, or is too large.
        """
        text = as_json({"action_key": self.action_key, "asked": self.asked, "context": self.context})
        if text is None:
            raise ActionError("'context_vars' hold what JSON can't carry; use text, numbers, lists and maps")
        size = len(text.encode())
        if size > LARGEST_PAYLOAD:
            raise ActionError(
                f"'context_vars' have {size} bytes, and a child begins with {LARGEST_PAYLOAD} at most; store them in a "
                "file and pass its path"
            )
        uid = wish_uid(self.action_key, self.child)
        return NewEvent(source=self.parent, target=self.child, type=START, payload=text, uid=uid)


def wish_uid(action_key: str, child: str) -> str:
    """The uid of a wish: all tries of an action share it."""
    return f"{action_key}>{child}"


def first_context(event: InboxEvent) -> dict[str, Any]:
    """What the context of a run begins with that this wish began."""
    payload: dict[str, Any] = json.loads(event.payload)
    context = payload.get("context")
    started_by = {
        "machine": event.source,
        "action_key": payload.get("action_key"),
        "asked": payload.get("asked"),
    }
    return {**(context if isinstance(context, dict) else {}), STARTED_BY: started_by}


def asked_at(row: MachineRow, action_key: str) -> int | None:
    """When this action asked for the run that the row is about; None if it was not this action that did."""
    if STARTED_BY not in row.place.context:  # of a large context that is not ours, not even the JSON is read
        return None
    started_by = json.loads(row.place.context).get(STARTED_BY)
    if not isinstance(started_by, dict) or started_by.get("action_key") != action_key:
        return None
    asked = started_by.get("asked")
    return asked if isinstance(asked, int) else row.started


def last_context(row: MachineRow) -> dict[str, Any]:
    """The context of a machine, without what the engine keeps there."""
    context: dict[str, Any] = json.loads(row.place.context)
    context.pop(STARTED_BY, None)
    return context
