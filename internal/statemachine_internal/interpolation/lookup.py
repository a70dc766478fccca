"""From a placeholder and a namespace to a value."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from .template import Placeholder


class Missing(Enum):
    """The one value that says that there is none; None is a value."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


def resolve(placeholder: Placeholder, namespace: Mapping[str, object]) -> object:
    """Look a placeholder up.

    Args:
        placeholder: what to look for.
        namespace: nested maps and lists.

    Returns:
        The value itself, not a copy; the default where there is one and no value; else `MISSING`. None comes back
        if a name was found and every found one is None.
    """
    found: object = MISSING
    for path in placeholder.alternatives:
        value = _walk(path, namespace)
        if value is not MISSING:
            found = value
            if value is not None:
                break
    if placeholder.length:
        # Numbers and None have no length; bytes and other containers count as what they are.
        found = len(found) if isinstance(found, (str, Mapping, Sequence)) else MISSING
    if placeholder.default is not None and (found is MISSING or found is None):
        return placeholder.default
    return found


def _walk(path: tuple[str, ...], namespace: Mapping[str, object]) -> object:
    value: object = namespace
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part, MISSING)
            if value is MISSING:
                return MISSING
        elif isinstance(value, (list, tuple)):
            # A number of more digits than any list has items is never converted: int() of a long one is slow.
            index = int(part) if part.isdecimal() and len(part) < 19 else len(value)
            if index >= len(value):
                return MISSING
            value = value[index]
        else:
            return MISSING
    return value
