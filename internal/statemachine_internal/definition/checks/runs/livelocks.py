"""Circles of steps that need neither an event from outside nor time, and that have no way out."""

from __future__ import annotations

from statemachine_internal.definition.checks.runs.graph import Edge, Graph
from statemachine_internal.definition.checks.runs.outcomes import Chance, Cost
from statemachine_internal.definition.checks.runs.story import story, told
from statemachine_internal.definition.diagnostics import Spot, quoted
from statemachine_internal.definition.suggest import listed


def _inside(edge: Edge) -> bool:
    return edge.move.cost is Cost.INSTANT and edge.move.chance is not Chance.FAULT


def check(graph: Graph) -> bool:
    """Complain of the nearest one; says whether there is any."""
    quiet = {number for number, edges in enumerate(graph.edges) if not any(map(_inside, edges))}
    rests = graph.leading_to(quiet, graph.backwards(_inside))
    runs = graph.runs(lambda edge: edge.move.chance is Chance.SURE and not edge.move.stops)
    node = next((number for number in runs if number not in rests), None)
    if node is None:
        return False
    circle = _circle(graph, node)
    places = {(edge.move.happening.machine, edge.move.happening.before) for edge in circle}
    if not any(state in graph.group[index].given.flagged for index, state in places):
        _complain(graph, circle, runs)  # a circle of one state was told of by itself
    return True


def _complain(graph: Graph, circle: list[Edge], runs: dict[int, Edge | None]) -> None:
    changes = [edge for edge in circle if edge.move.happening.transition is not None]
    first = min(changes or circle, key=lambda edge: (edge.move.happening.machine, _line(edge)))
    happening = first.move.happening
    given = graph.group[happening.machine].given
    transition = happening.transition
    spot: Spot = given.definition.states[happening.before].position
    if transition is not None:
        spot = given.places.of(transition.position, "event")
    names = listed(dict.fromkeys(_words(graph, edge) for edge in changes or circle))
    message = f"with no event from outside and no time in between, {names}, and so on without end"
    before = story(graph.group, runs, circle[0].source) if circle[0].source in runs else ()
    run = (*before, *told(graph.group, (edge.move for edge in circle)))
    hint = "put a sleep, a timeout(N), a delay or a condition between"
    given.report.show(spot, "livelock", message, run, text=happening.event, hint=hint)


def _circle(graph: Graph, node: int) -> list[Edge]:
    """The first circle that inside steps lead into from ``node``."""
    path: list[Edge] = []
    at: dict[int, int] = {}
    while node not in at:
        at[node] = len(path)
        edge = next(edge for edge in graph.edges[node] if _inside(edge))
        path.append(edge)
        node = edge.target
    return path[at[node] :]


def _line(edge: Edge) -> int:
    transition = edge.move.happening.transition
    return transition.position.line if transition is not None else 0


def _words(graph: Graph, edge: Edge) -> str:
    happening = edge.move.happening
    name, transition = graph.group[happening.machine].given.name, happening.transition
    target = transition.target if transition is not None and transition.target is not None else happening.before
    return f"{name} goes from {quoted(happening.before)} to {quoted(target)}"
