"""The search itself: every configuration that the machines may come to, nearest first, up to a bound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from statemachine_internal.definition.checks.runs.actor import Actor
from statemachine_internal.definition.checks.runs.moves import Configuration, Move
from statemachine_internal.definition.checks.runs.outcomes import Chance
from statemachine_internal.definition.checks.runs.place import Phase, Standing
from statemachine_internal.definition.checks.runs.steps import Steps


@dataclass(frozen=True, slots=True)
class Edge:
    """A step between two configurations, by their numbers."""

    source: int
    target: int
    move: Move


@dataclass(kw_only=True)
class Graph:
    """What was seen. ``complete`` says that nothing was left out, so that what isn't here can't happen."""

    group: Sequence[Actor]
    nodes: list[Configuration] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)  # of each node; those of nodes beyond the bound are missing
    unseen: set[int] = field(default_factory=set)  # nodes whose steps were not looked at
    blocked: set[int] = field(default_factory=set)  # nodes where nobody can go on, but for an inbox that is full
    taken: set[tuple[int, str]] = field(default_factory=set)  # a machine, and an event of its inbox that it took
    stopped: set[tuple[int, str]] = field(default_factory=set)  # a machine, and a state that a person's stop leads to
    complete: bool = True

    def runs(self, may: Callable[[Edge], bool]) -> dict[int, Edge | None]:
        """Every node that ``may`` leads to, nearest first, with the last step of a shortest run to it."""
        found: dict[int, Edge | None] = {0: None}
        todo = deque([0])
        while todo:
            for edge in self.edges[todo.popleft()]:
                if edge.target not in found and may(edge):
                    found[edge.target] = edge
                    todo.append(edge.target)
        return found

    def likely_runs(self) -> list[dict[int, Edge | None]]:
        """All runs, those of sure steps first: of the ways to show something, the likeliest is told."""
        return [self.runs(lambda edge, most=chance: edge.move.chance <= most) for chance in Chance]  # type: ignore[misc]

    def backwards(self, may: Callable[[Edge], bool]) -> dict[int, list[int]]:
        """The nodes from which one step of ``may`` leads to each node."""
        before: dict[int, list[int]] = {}
        for edges in self.edges:
            for edge in edges:
                if may(edge):
                    before.setdefault(edge.target, []).append(edge.source)
        return before

    def leading_to(self, goals: Iterable[int], before: Mapping[int, Sequence[int]]) -> set[int]:
        """The nodes from which the steps of ``before``, as ``backwards`` has them, lead to one of ``goals``."""
        found = set(goals)
        todo = list(found)
        while todo:
            for source in before.get(todo.pop(), ()):
                if source not in found:
                    found.add(source)
                    todo.append(source)
        return found


def explore(group: Sequence[Actor], most: int) -> Graph:
    """Look at ``most`` configurations of the machines, from where all of them begin."""
    graph, steps = Graph(group=group), Steps(group)
    first = tuple(Standing(actor.definition.initial_state) for actor in group)
    known: dict[Configuration, int] = {first: 0}
    graph.nodes.append(first)
    at = 0
    while at < len(graph.nodes):
        edges: list[Edge] = []
        graph.edges.append(edges)
        if at >= most:
            graph.unseen.add(at)
        else:
            for move in _moves(steps, graph.nodes[at], known):
                number = known.get(move.after)
                if number is None:
                    number = known[move.after] = len(graph.nodes)
                    graph.nodes.append(move.after)
                edges.append(Edge(at, number, move))
        at += 1
    graph.taken, graph.stopped = steps.taken, steps.stopped
    graph.blocked = {
        number
        for number, whole in enumerate(graph.nodes)
        if not graph.edges[number] and any(standing.phase is Phase.READY for standing in whole)
    }
    graph.complete = not (graph.unseen or graph.blocked or steps.cut)
    return graph


def _moves(steps: Steps, whole: Configuration, known: dict[Configuration, int]) -> list[Move]:
    """What may happen next.

    Where a machine has something to do that touches no other one, the others wait for it: in which order such steps
    come makes no difference. One that leads to nothing new keeps nobody waiting.
    """
    for index in range(len(whole)):
        if steps.is_private(whole, index):
            moves = steps.of(whole, index)
            if any(move.after not in known for move in moves):
                return moves
    return [move for index in range(len(whole)) for move in steps.of(whole, index)]
