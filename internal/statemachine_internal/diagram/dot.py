"""Graphviz's language."""

from __future__ import annotations

from collections.abc import Iterator

from statemachine_internal.definition.model import ANY_STATE
from statemachine_internal.diagram.graph import Graph, Node
from statemachine_internal.diagram.identifiers import identifiers
from statemachine_internal.diagram.labels import ANY_STATE_LABEL, action_label, edge_label, number
from statemachine_internal.service.printable import printable

SUFFIX = ".dot"

_START = "start"
_ANY = "any"
_LOOK = (
    'graph [rankdir=TB, fontname="Helvetica", labelloc=t]',
    'node [shape=box, style=rounded, fontname="Helvetica"]',
    'edge [fontname="Helvetica", fontsize=10]',
)


def render(graph: Graph) -> str:
    """A digraph; groups are clusters, internal edges lines in the box of their state."""
    head = f"digraph {_quoted(graph.name)} {{"
    return "\n".join([head, *(f"    {line}" for line in _lines(graph)), "}"]) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    ids = identifiers([state.name for state in graph.states], reserved=(_START, _ANY))
    ids[ANY_STATE] = _ANY
    yield from _LOOK
    yield f"label={_quoted(graph.name)}"
    boxes = {state.name: f"{_quoted(ids[state.name])} [{_look(state, graph)}]" for state in graph.states}
    for count, group in enumerate(graph.groups):
        yield f"subgraph cluster_{count} {{"
        yield f"    label={_quoted(group.name)}"
        yield from (f"    {boxes[state.name]}" for state in graph.states if state.group == group.name)
        yield "}"
    yield from (boxes[state.name] for state in graph.states if state.group is None)
    if graph.wildcards:
        lines = [ANY_STATE_LABEL, *(edge_label(edge) for edge in graph.inner(ANY_STATE))]
        yield f'"{_ANY}" [label={_quoted(*lines)}, style="rounded,dashed"]'
    if any(state.initial for state in graph.states):
        yield f'"{_START}" [shape=point, label=""]'
    yield from (f'"{_START}" -> {_quoted(ids[state.name])}' for state in graph.states if state.initial)
    for edge, target in graph.outer:
        yield f"{_quoted(ids[edge.source])} -> {_quoted(ids[target])} [label={_quoted(edge_label(edge))}]"


def _look(state: Node, graph: Graph) -> str:
    lines = [state.name, *(f"entry / {action_label(action)}" for action in state.actions)]
    lines += [f"timer: {number(value)} s" for value in state.timeouts]
    lines += [edge_label(edge) for edge in graph.inner(state.name)]
    look = f"label={_quoted(*lines)}"
    if state.final:
        look += ", peripheries=2"
    if state.outside:
        look += ', style="rounded,dashed"'
    return look


def _quoted(*lines: str) -> str:
    r"""A string in quotes, line by line. A backslash would start an escape such as ``\N``, ``&`` an HTML entity."""
    clean = (printable(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(clean) + '"'
