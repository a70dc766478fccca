"""The entries of a map whose keys are ours, and the values that we ask of them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping

from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, is_null, kind, shown
from statemachine_internal.definition.suggest import did_you_mean, listed, misspelt

LONGEST_NAME = 128
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Fields:
    """A map that has ``known`` keys; others are warned of. ``synonyms`` maps what people write to what we call it."""

    def __init__(
        self, node: Map, known: Collection[str], owner: str, report: Report, synonyms: Mapping[str, str] | None = None
    ) -> None:
        self.spot = node
        self._report, self._known, self._synonyms = report, known, synonyms or {}
        self._keys = {key.text: key for key, _ in node.entries}
        self._values = {key.text: value for key, value in node.entries}
        for name, key in self._keys.items():
            if name not in known:
                warn_unknown_key(key, known, owner, report, self._synonyms)

    def misspelt(self, name: str) -> str:
        """For the hint about a missing key: the unknown one that may be meant for it; empty where there is none."""
        return misspelt((name,), self._keys, self._known, self._synonyms, self._report)

    def key(self, name: str) -> Scalar:
        """Where the key itself stands; it must be there."""
        return self._keys[name]

    def get(self, name: str) -> Node | None:
        """The value, None where it is absent or null."""
        value = self._values.get(name)
        return None if value is None or is_null(value) else value

    def text(self, name: str) -> str | None:
        value = self.get(name)
        return None if value is None else text_of(value, f"'{name}'", self._report)

    def map(self, name: str, hint: str) -> Map | None:
        value = self.get(name)
        if value is None or isinstance(value, Map):
            return value
        self._report.error(
            value, "wrong-type", f"'{name}' must be a map, not {kind(value)}", text=shown(value), hint=hint
        )
        return None


def warn_unknown_key(
    key: Scalar, known: Collection[str], owner: str, report: Report, synonyms: Mapping[str, str]
) -> None:
    """Warns that ``owner`` has no such key."""
    synonym = synonyms.get(key.text)
    near = f"did you mean {quoted(synonym)}?" if synonym else did_you_mean(key.text, sorted(known), report)
    hint = near or f"known are: {', '.join(sorted(known))}"
    report.warning(key, "unknown-key", f"{owner} has no key {quoted(key.text)}", text=key.text, hint=hint)


def text_of(node: Node, what: str, report: Report) -> str | None:
    """The text of a scalar, whatever it may mean otherwise: a name such as ``on`` or ``1`` stays text."""
    if isinstance(node, Scalar):
        return node.text
    report.error(node, "wrong-type", f"{what} must be a text, not {kind(node)}", hint="write one text")
    return None


def name_of(node: Node, what: str, report: Report) -> str | None:
    """A name of 1 to 128 characters, none of them a control character: those would forge lines in logs."""
    if is_null(node):
        report.error(node, "missing-name", f"{what} is empty", hint="write a name, or remove the entry")
        return None
    text = text_of(node, what, report)
    if text is not None and not 0 < len(text) <= LONGEST_NAME:
        message = f"{what} has {len(text)} characters"
        report.error(node, "bad-name", message, text=text, hint=f"use 1 to {LONGEST_NAME} characters")
        return None
    control = None if text is None or text.isprintable() else _CONTROL.search(text)
    if control is not None:
        message = f"{what} is {quoted(text or '')}, and a name has no control characters"
        hint = f"remove {quoted(control.group())}"
        report.error(node, "bad-name", message, text=text or "", hint=hint)
        return None
    return text


def names_of(node: Node, what: str, report: Report) -> list[Scalar]:
    """One name or a list of names."""
    items = node.items if isinstance(node, List) else [node]
    return [item for item in items if name_of(item, what, report) is not None and isinstance(item, Scalar)]


def number_of(
    node: Node, what: str, report: Report, *, low: float, high: float = math.inf, above: bool = False
) -> float | None:
    """A finite number from ``low`` to ``high``; ``above`` leaves out ``low`` itself."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{what} must be a number, not {kind(node)}"
        report.error(node, "wrong-type", message, text=shown(node), hint="write a number without quotes and unit")
        return None
    fits = low < value <= high if above else low <= value <= high
    if not fits or not abs(value) < 1e300:
        limit = f"above {low:g}" if above else f"{low:g} or more"
        limit += f", {high:g} at most" if high < math.inf else ""
        report.error(node, "out-of-range", f"{what} is {shown(node)}", text=shown(node), hint=f"write a number {limit}")
        return None
    return float(value)


def choice_of(node: Node, what: str, choices: Collection[str], report: Report) -> str | None:
    """One of ``choices``."""
    text = text_of(node, what, report)
    if text is None or text in choices:
        return text
    near = did_you_mean(text, choices, report)
    hint = " ".join(filter(None, (f"write one of: {listed(choices)}", near and f"({near})")))
    report.error(node, "bad-choice", f"{what} can't be {quoted(text)}", text=text, hint=hint)
    return None


def flag_of(node: Node, what: str, report: Report) -> bool | None:
    """``true`` or ``false``."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return value
    message = f"{what} must be true or false, not {kind(node)}"
    report.error(node, "wrong-type", message, text=shown(node), hint="write true or false")
    return None
