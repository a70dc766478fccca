"""The parts of a graph: the whole, and a part for each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from statemachine_internal.diagram.graph import Graph, Group
from statemachine_internal.diagram.identifiers import identifiers

MAIN = "main"
METADATA = "metadata"  # stands where a part's name stands, in a URL and as a file


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """``name`` is fit for a URL and a file, ``title`` for people."""

    name: str
    title: str
    states: tuple[str, ...]


def parts_of(graph: Graph) -> tuple[Part, ...]:
    """The whole, called ``main``, and the groups."""
    whole = Part(name=MAIN, title=graph.name, states=tuple(state.name for state in graph.states))
    groups = [Part(name=name, title=group.name, states=group.states) for name, group in _named(graph).items()]
    return (whole, *groups)


def part_of(graph: Graph, name: str) -> Graph | None:
    """The graph of a part; None where there is no such part.

    The states of a group, the edges from and to them, and the states at the other ends of those as stubs: they are
    ``outside``, and their actions and timers are not told. Edges from any state are in each part.
    """
    if name == MAIN:
        return graph
    group = _named(graph).get(name)
    if group is None:
        return None
    inside = frozenset(group.states)
    edges = tuple(edge for edge in graph.transitions if edge.wildcard or inside & {edge.source, edge.target})
    ends = {end for edge in edges for end in (edge.source, edge.target)}
    return replace(
        graph,
        name=f"{graph.name}: {group.name}",
        groups=(group,),
        states=tuple(
            state if state.name in inside else replace(state, outside=True, group=None, actions=(), timeouts=())
            for state in graph.states
            if state.name in inside or state.name in ends
        ),
        transitions=edges,
    )


def metadata(machine: str, graph: Graph) -> dict[str, Any]:
    """The parts as plain data for JSON."""
    return {"machine": machine, "parts": [asdict(part) for part in parts_of(graph)]}


def _named(graph: Graph) -> Mapping[str, Group]:
    words = identifiers([group.name for group in graph.groups], reserved=(MAIN, METADATA), blank="group")
    return {words[group.name].lower(): group for group in graph.groups}
