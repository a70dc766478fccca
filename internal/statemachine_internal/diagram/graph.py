"""What a diagram shows: a definition as states, groups and edges, free of the text that it was written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from statemachine_internal.definition.model import ANY_STATE, ActionSpec, MachineDefinition, State, Transition
from statemachine_internal.diagram.wording import wording


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """An action; ``text`` is one short line about it, which may be empty."""

    type: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A state. ``timeouts`` are the seconds of the timers that entering it starts.

    ``outside`` is true in a part of a graph alone: for a state that isn't of the part, but at the end of an edge of it.
    """

    name: str
    initial: bool
    final: bool
    group: str | None
    actions: tuple[Action, ...]
    timeouts: tuple[float, ...]
    outside: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A transition from one state, or from any (``source`` ``"*"``). ``target`` None makes it internal.

    A transition with several sources is as many edges. ``id`` is unique in the graph, and the same as long as the
    transition is. ``timeout`` is in seconds.
    """

    id: str
    source: str
    target: str | None
    event: str
    timeout: float | None
    when: str | None
    interrupt: bool
    actions: tuple[Action, ...]

    @property
    def wildcard(self) -> bool:
        return self.source == ANY_STATE


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """States that belong together, in the order of the definition."""

    name: str
    states: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A machine, or a part of one, ready to be drawn. ``initial`` is the machine's, also where a part lacks it."""

    name: str
    initial: str
    groups: tuple[Group, ...]
    states: tuple[Node, ...]
    transitions: tuple[Edge, ...]

    @property
    def wildcards(self) -> bool:
        """Whether an edge leaves any state."""
        return any(edge.wildcard for edge in self.transitions)

    def inner(self, state: str) -> tuple[Edge, ...]:
        """The internal edges of a state, or of ``"*"``."""
        return self._between.get((state, None), ())

    def loops(self, state: str) -> tuple[Edge, ...]:
        """The edges that lead from a state to itself."""
        return self._between.get((state, state), ())

    @cached_property
    def _between(self) -> Mapping[tuple[str, str | None], tuple[Edge, ...]]:
        """The edges, by their two ends."""
        found: dict[tuple[str, str | None], list[Edge]] = {}
        for edge in self.transitions:
            found.setdefault((edge.source, edge.target), []).append(edge)
        return {ends: tuple(edges) for ends, edges in found.items()}

    @property
    def outer(self) -> tuple[tuple[Edge, str], ...]:
        """The edges that lead to a state, each with it."""
        return tuple((edge, edge.target) for edge in self.transitions if edge.target is not None)


def graph_of(definition: MachineDefinition) -> Graph:
    """The graph of a definition, states and transitions in its order."""
    groups: dict[str, list[str]] = {}
    for state in definition.states.values():
        if state.group is not None:
            groups.setdefault(state.group, []).append(state.name)
    return Graph(
        name=definition.name,
        initial=definition.initial_state,
        groups=tuple(Group(name=name, states=tuple(states)) for name, states in groups.items()),
        states=tuple(_node(state, definition) for state in definition.states.values()),
        transitions=tuple(edge for transition in definition.transitions for edge in _edges(transition)),
    )


def as_json(graph: Graph) -> dict[str, Any]:
    """The graph as plain data for JSON; the ends of an edge are called ``from`` and ``to`` there."""
    plain = asdict(graph)
    plain["transitions"] = [
        {"id": edge.pop("id"), "from": edge.pop("source"), "to": edge.pop("target"), **edge}
        for edge in plain["transitions"]
    ]
    return plain


def _node(state: State, definition: MachineDefinition) -> Node:
    return Node(
        name=state.name,
        initial=state.name == definition.initial_state,
        final=state.final,
        group=state.group,
        actions=_actions(state.actions),
        timeouts=tuple(seconds for _, seconds in definition.timers(state.name)),
    )


def _edges(transition: Transition) -> list[Edge]:
    """One edge for each source; ``"*"`` takes in all others."""
    sources = (ANY_STATE,) if transition.wildcard else transition.sources
    return [
        Edge(
            # A key ends with # and a number, which no numbered one does.
            id=transition.key if len(sources) == 1 else f"{transition.key}@{index}",
            source=source,
            target=transition.target,
            event=transition.event,
            timeout=transition.timeout,
            when=None if transition.when is None else transition.when.text,
            interrupt=transition.interrupt,
            actions=_actions(transition.actions),
        )
        for index, source in enumerate(sources)
    ]


def _actions(specs: tuple[ActionSpec, ...]) -> tuple[Action, ...]:
    return tuple(Action(type=spec.type, text=wording(spec)) for spec in specs)
