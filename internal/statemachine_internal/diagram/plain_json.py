"""The graph as JSON, for programs."""

from __future__ import annotations

import json

from statemachine_internal.diagram.graph import Graph, as_json

SUFFIX = ".json"


def render(graph: Graph) -> str:
    """The shape that the monitor's API has too."""
    return json.dumps(as_json(graph), ensure_ascii=False, indent=2) + "\n"
