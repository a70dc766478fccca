"""Top-level ``actions:``: what runs when a state is entered."""

from __future__ import annotations

from collections.abc import Mapping

from statemachine_internal.definition.actions import read_actions
from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.fields import name_of
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.definition.nodes import Map, Node, Scalar, kind, shown


def entry_keys(node: Node | None) -> list[Scalar]:
    """The states that ``actions:`` names."""
    return [key for key, _ in node.entries] if isinstance(node, Map) else []


def read_entry_actions(node: Node | None, initial: str | None, report: Report) -> Mapping[str, tuple[ActionSpec, ...]]:
    """The entry actions of each state; ``initial`` is the state that messages show as an example."""
    if node is None:
        return {}
    if not isinstance(node, Map):
        state = initial or "waiting"
        what = "a bare list" if not isinstance(node, Scalar) else kind(node)
        message = f"'actions' must map each state to its list, not be {what}"
        hint = f"write 'actions:', under it '{state}:', and the list under that"
        code = "bare-list" if not isinstance(node, Scalar) else "wrong-type"
        report.error(node, code, message, text=shown(node), hint=hint)
        return {}
    return {
        key.text: read_actions(value, f"the state {quoted(key.text)}", report)
        for key, value in node.entries
        if name_of(key, "a state under 'actions'", report) is not None
    }
