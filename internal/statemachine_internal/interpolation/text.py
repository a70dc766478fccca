"""How a value reads in the middle of text."""

from collections.abc import Mapping

from .errors import InterpolationError
from .template import Placeholder


def to_text(value: object, placeholder: Placeholder) -> str:
    """Write a value as text.

    Args:
        value: any value of a namespace.
        placeholder: where the value comes from, for the error.

    Returns:
        A string as it is; a number in Python's shortest form; true, false and null as in JSON; maps and lists as
        JSON on one line, non-ASCII characters kept; anything else as its ``str()``.

    Raises:
        InterpolationError: the value holds itself, or a map's key is no scalar.
    """
    if isinstance(value, str):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, Mapping)):
        return _json(value, placeholder)
    return str(value)


def _json(value: object, placeholder: Placeholder) -> str:
    import json  # costs a few milliseconds at start, and most configurations never need it

    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InterpolationError(
            f"the value of {placeholder.source} cannot be written as JSON: {error}", placeholder=placeholder.source
        ) from error


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)
