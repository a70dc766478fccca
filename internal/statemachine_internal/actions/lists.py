"""``add_to_list`` and ``pop_from_list``: lists in the machine's context."""

from __future__ import annotations

from typing import Any

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.emit import event_of
from statemachine_internal.actions.names import chosen, context_key, flag
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.actions.set_context import storable
from statemachine_internal.errors import ActionError

_ENDS = {"first": 0, "last": -1}


class AddToListAction(InstantAction):
    """Adds ``value`` at the end of a list, which it makes where it is missing; with ``unique`` only what isn't in it.

    Emits ``success`` if that is given, whether or not the value was in it.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        name, items = _list(self, scope)
        if "value" not in self.config:
            raise ActionError(f"add_to_list has nothing to add to '{name}'; give it a value")
        value = storable(self.config["value"], "'value'")
        event = event_of(self.config, "success", None)
        if flag(self.config, "unique") and value in items:
            return Outcome(event=event)
        return Outcome(event=event, changes={name: [*items, value]})


class PopFromListAction(InstantAction):
    """Moves the ``first`` (or ``from: last``) item of a list to the context key ``into`` (``current_item``).

    Emits ``success`` (``item_popped``), or ``empty`` (``list_empty``) where the list is empty or missing.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        name, items = _list(self, scope)
        end = chosen(self.config, "from") or "first"
        if end not in _ENDS:
            raise ActionError(f"'from' is {end!r}; use one of: {', '.join(_ENDS)}")
        into = context_key(chosen(self.config, "into") or "current_item")
        if into == name:
            raise ActionError(f"'into' is the list '{name}' itself; choose another key of the context")
        if not items:
            return Outcome(event=event_of(self.config, "empty", "list_empty"))
        rest = list(items)
        item = rest.pop(_ENDS[end])
        return Outcome(event=event_of(self.config, "success", "item_popped"), changes={name: rest, into: item})


def _list(action: InstantAction, scope: InstantScope) -> tuple[str, list[Any]]:
    """The name of the list, and what is in it."""
    name = context_key(chosen(action.config, "list", "list_name", "list_key", "key"))
    items = scope.context.get(name)
    if items is None:
        return name, []
    if not isinstance(items, list):
        raise ActionError(f"context key '{name}' holds a {type(items).__name__}, not a list; choose another key")
    return name, items
