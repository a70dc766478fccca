"""How ``when`` looks at values.

Context values come from anywhere, so nothing here calls a method of an unknown type, and nothing raises: what can't be
compared is unequal, unordered, and contains nothing.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

MISSING: Any = object()
_SIZED = (str, bytes, list, tuple, dict, set, frozenset)
_DEEPEST = 50


def look_up(root: Any, path: tuple[str, ...]) -> Any:
    """The value at ``path``, ``MISSING`` where there is none. A number looks into a list."""
    value = root
    for part in path:
        if isinstance(value, Mapping):
            if part not in value:
                return MISSING
            value = value[part]
        elif isinstance(value, list | tuple) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def truth(value: Any) -> bool:
    """Truthiness; an object of an unknown type is true."""
    if value is None or isinstance(value, bool | int | float):
        return bool(value)
    return len(value) > 0 if isinstance(value, _SIZED) else True


def equal(left: Any, right: Any, depth: int = 0) -> bool:
    """Equality without ``True == 1``; lists and maps by their parts, objects of unknown types by identity."""
    if left is right:
        return not (isinstance(left, float) and math.isnan(left))
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool) and left == right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if depth >= _DEEPEST:
        return False
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(equal(a, b, depth + 1) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key], depth + 1) for key in left)
    return False


def unequal(left: Any, right: Any) -> bool:
    return not equal(left, right)


def within(item: Any, container: Any) -> bool:
    """``item in container``: part of a text, member of a list, key of a map."""
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    if isinstance(container, dict):
        return isinstance(item, str) and item in container
    if isinstance(container, list | tuple | set | frozenset):
        return any(equal(item, member) for member in container)
    return False


def not_within(item: Any, container: Any) -> bool:
    """The opposite of ``within``, but false too where ``container`` can hold nothing."""
    return isinstance(container, str | dict | list | tuple | set | frozenset) and not within(item, container)


def _ordering(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def ordered(left: Any, right: Any) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        if isinstance(left, bool) or isinstance(right, bool):
            return False
        return isinstance(left, int | float) and isinstance(right, int | float) and compare(left, right)

    return ordered


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": unequal,
    "<": _ordering(operator.lt),
    "<=": _ordering(operator.le),
    ">": _ordering(operator.gt),
    ">=": _ordering(operator.ge),
    "in": within,
    "not in": not_within,
}
