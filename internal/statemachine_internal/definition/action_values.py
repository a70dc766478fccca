"""Values of built-in actions that can't be used: the action would fail each time that it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from statemachine_internal.definition.catalog import LONGEST_WAIT, BuiltIn
from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, is_null, kind, shown
from statemachine_internal.definition.suggest import did_you_mean

_SECONDS = 'write a number of seconds, or a placeholder such as "{pause}"'


def check_values(known: BuiltIn, values: Mapping[str, Node], report: Report) -> None:
    """Complains of values as they are written; what a placeholder gives is known when it runs.

    A warning, since a custom action may have the name of a built-in one and take what that refuses. A time that is no
    number is an error.
    """
    for key, node in values.items():
        if isinstance(node, Scalar) and (is_null(node) or not node.text or "{" in node.text):
            continue
        if key in known.seconds:
            _check_seconds(key, node, report)
        elif key in known.flags and not isinstance(_plain(node), bool):
            _warn(key, node, "write true or false", report)
        elif key in known.choices:
            _check_choice(key, node, known.choices[key], report)
        elif key in known.wholes and not _is_whole(_plain(node), known.wholes[key]):
            _warn(key, node, f"write a whole number from 1 to {known.wholes[key]}", report)
        elif key in known.maps and not isinstance(node, Map) and not (isinstance(node, List) and not node.items):
            _warn(key, node, f"write a map, such as {key}: {{name: value}}", report)


def _check_seconds(key: str, node: Node, report: Report) -> None:
    value = _plain(node)
    number = math.nan
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
    if isinstance(value, str) and not math.isfinite(number):
        report.error(node, "wrong-type", f"{quoted(key)} can't be {quoted(value)}", text=value, hint=_SECONDS)
    elif not 0 <= number <= LONGEST_WAIT:
        _warn(key, node, f"write a number of seconds, at least 0 and at most {LONGEST_WAIT}", report)


def _check_choice(key: str, node: Node, choices: Sequence[str], report: Report) -> None:
    text = node.text if isinstance(node, Scalar) else ""
    if text.lower() not in choices:
        _warn(key, node, did_you_mean(text, choices, report) or f"write one of: {', '.join(choices)}", report)


def _plain(node: Node) -> object:
    return node.value if isinstance(node, Scalar) else None


def _is_whole(value: object, most: int) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    try:
        return 1 <= int(value) <= most
    except ValueError:
        return False


def _warn(key: str, node: Node, hint: str, report: Report) -> None:
    what = quoted(shown(node)) if isinstance(node, Scalar) else kind(node)
    report.warning(node, "bad-value", f"{quoted(key)} can't be {what}: the action fails", text=shown(node), hint=hint)
