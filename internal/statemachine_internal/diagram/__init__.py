"""Drawings of a definition: one graph, several renderers.

::

    MachineDefinition ── graph_of ──▶ Graph ──┬── part_of ──▶ Graph of a group
                                              ├── as_json ──▶ JSON
                                              └── Renderer ─▶ mermaid, dot, svg, scxml, markdown

A graph holds names as they are written; each renderer escapes what its language asks for. Nothing here reads a database
or knows of a machine that runs.
"""

from statemachine_internal.diagram.graph import Action, Edge, Graph, Group, Node, as_json, graph_of
from statemachine_internal.diagram.parts import MAIN, Part, metadata, part_of, parts_of

__all__ = [
    "MAIN",
    "Action",
    "Edge",
    "Graph",
    "Group",
    "Node",
    "Part",
    "as_json",
    "graph_of",
    "metadata",
    "part_of",
    "parts_of",
]
