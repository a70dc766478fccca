"""What a machine that is started takes over from the context of the one that starts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from statemachine_internal.actions.names import context_key
from statemachine_internal.errors import ActionError
from statemachine_internal.interpolation import interpolate

_AS = " as "
_FORMS = 'give a list of names, each `name` or `name as other`, or a map `other: "{name}"`'


def context_of(given: object, names: Mapping[str, Any]) -> dict[str, Any]:
    """The context that ``context_vars`` ask for; the placeholders of its maps are filled in by now.

    Raises:
        ActionError: they are of another form, or name what isn't there.
    """
    if given is None:
        return {}
    context: dict[str, Any] = {}
    for entry in given if isinstance(given, (list, tuple)) else [given]:
        if isinstance(entry, Mapping):
            context.update(entry)
        elif isinstance(entry, str):
            name, renamed, other = entry.partition(_AS)
            context[other.strip() if renamed else name] = _value(name.strip(), names)
        else:
            raise ActionError(f"'context_vars' hold {entry!r:.200}; {_FORMS}")
    for key in context:
        context_key(key)
    return context


def _value(name: str, names: Mapping[str, Any]) -> Any:
    placeholder = f"{{{name}}}"
    value = interpolate(placeholder, names)
    if value is placeholder:  # the very same text comes back where nothing of this name is there
        raise ActionError(f"'context_vars' name '{name}', which the context hasn't; {_FORMS}")
    return value
