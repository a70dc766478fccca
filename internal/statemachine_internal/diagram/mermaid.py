"""Mermaid's ``stateDiagram-v2``, which code hosts and the monitor draw.

All edges stand after all states and outside of the boxes of groups: Mermaid takes a state for one of the box in which
it is first named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from statemachine_internal.definition.model import ANY_STATE
from statemachine_internal.diagram.graph import Graph, Node
from statemachine_internal.diagram.identifiers import identifiers
from statemachine_internal.diagram.labels import ANY_STATE_LABEL, edge_label
from statemachine_internal.service.printable import printable

SUFFIX = ".mermaid"

# Words of the language, and those that every object of JavaScript knows: Mermaid keeps states in objects.
_RESERVED = (
    *("any", "state", "statediagram", "note", "end", "as", "class", "classdef", "style", "click", "href", "default"),
    *("direction", "tb", "bt", "lr", "rl", "hide", "scale", "root", "fork", "join", "choice", "title", "graph"),
    *("acctitle", "accdescr", "left", "right", "of", "over", "floating", "width", "subgraph", "clusters", "flowchart"),
    *(
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    ),
    *("__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "__proto__"),
)
# What is no letter, digit or harmless sign, and a "_" that would be Markdown's emphasis.
_SPECIAL = re.compile(r"[^\w .,()/+=!?'-]|(?<![^\W_])_|_(?![^\W_])")
_STUB = "outside"


def render(graph: Graph) -> str:
    """A diagram; groups are boxes, internal edges are lines in the box of their state."""
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _lines(graph))]) + "\n"


def escaped(text: str) -> str:
    """Text such that nothing in it means something to Mermaid, nor to the HTML that it makes."""
    return _SPECIAL.sub(lambda match: f"#{ord(match.group())};", printable(text))


def _lines(graph: Graph) -> Iterator[str]:
    names = [*(state.name for state in graph.states), *(f"group {group.name}" for group in graph.groups)]
    ids = identifiers(names, reserved=_RESERVED)
    ids[ANY_STATE] = "any"
    for group in graph.groups:
        yield f'state "{escaped(group.name)}" as {ids[f"group {group.name}"]} {{'
        yield from (f"    {_state(state, ids)}" for state in graph.states if state.group == group.name)
        yield "}"
    yield from (_state(state, ids) for state in graph.states if state.group is None)
    if graph.wildcards:
        yield f'state "{ANY_STATE_LABEL}" as any'
    for name in (*(state.name for state in graph.states), ANY_STATE):
        yield from (f"{ids[name]} : {escaped(edge_label(edge))}" for edge in graph.inner(name))
    yield from (f"[*] --> {ids[state.name]}" for state in graph.states if state.initial)
    for edge, target in graph.outer:
        yield f"{ids[edge.source]} --> {ids[target]} : {escaped(edge_label(edge))}"
    yield from (f"{ids[state.name]} --> [*]" for state in graph.states if state.final)
    outside = [ids[state.name] for state in graph.states if state.outside]
    if outside:
        yield f"classDef {_STUB} stroke-dasharray:4"
        yield f"class {','.join(outside)} {_STUB}"


def _state(state: Node, ids: Mapping[str, str]) -> str:
    return f'state "{escaped(state.name)}" as {ids[state.name]}'
