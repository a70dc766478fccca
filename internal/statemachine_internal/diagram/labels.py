"""The words on edges and in boxes, the same in every drawing. Renderers escape them; none of them breaks a line."""

from __future__ import annotations

from statemachine_internal.diagram.graph import Action, Edge
from statemachine_internal.service.printable import printable

ANY_STATE_LABEL = "any state"


def edge_label(edge: Edge) -> str:
    """As UML has it: ``event [guard] / action, action``."""
    parts = [edge.event]
    if edge.interrupt:
        parts.append("(interrupts)")
    if edge.when is not None:
        parts.append(f"[{edge.when}]")
    if edge.actions:
        parts.append("/ " + ", ".join(action.type for action in edge.actions))
    return printable(" ".join(parts))


def action_label(action: Action) -> str:
    """For example ``bash: page whoever is on call``."""
    return printable(f"{action.type}: {action.text}" if action.text else action.type)


def number(value: float) -> str:
    """Seconds as definitions have them, to the microsecond: ``1.5``, ``600``."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
