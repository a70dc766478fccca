"""Groups of states, for diagrams: ``state_groups:``, or comments such as ``# === INTAKE ===`` above states."""

from __future__ import annotations

import re
from bisect import bisect_right

from statemachine_internal.definition.diagnostics import Report
from statemachine_internal.definition.fields import names_of
from statemachine_internal.definition.nodes import Map, Node, kind, shown
from statemachine_internal.definition.states import StateNames

_COMMENT = re.compile(r"^[ \t]*#[ \t]*={2,}(.*)$", re.MULTILINE)
_FORM = "write state_groups: {INTAKE: [waiting, checking]}"


def groups_of(node: Node | None, states: StateNames, text: str, section: int, report: Report) -> dict[str, str]:
    """State → group. ``section`` is the line of the key ``states``, 0 where there is none."""
    groups = _by_comment(states, text, section) if section else {}
    if node is None:
        return groups
    if not isinstance(node, Map):
        message = f"'state_groups' must be a map, not {kind(node)}"
        report.error(node, "wrong-type", message, text=shown(node), hint=_FORM)
        return groups
    for key, value in node.entries:
        for use in names_of(value, "a state of a group", report):
            if states.knows(use, "'state_groups'", report, strict=False):
                groups[use.text] = key.text
    return groups


def _by_comment(states: StateNames, text: str, section: int) -> dict[str, str]:
    """The last such comment between the key ``states`` and the state names its group."""
    if "===" not in text:
        return {}
    lines: list[int] = []
    names: list[str] = []
    line, at = 1, 0
    for match in _COMMENT.finditer(text):
        line, at = line + text.count("\n", at, match.start()), match.start()
        name = match.group(1).strip("= \t\r")
        if line > section and name:
            lines.append(line)
            names.append(name)
    found: dict[str, str] = {}
    for name, place in states.places.items():
        index = bisect_right(lines, place.line) - 1
        if index >= 0:
            found[name] = names[index]
    return found
