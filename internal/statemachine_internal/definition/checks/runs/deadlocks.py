"""Machines that wait for ever for what only each other could send."""

from __future__ import annotations

from statemachine_internal.definition.checks.runs.graph import Edge, Graph
from statemachine_internal.definition.checks.runs.outcomes import Chance
from statemachine_internal.definition.checks.runs.place import Phase
from statemachine_internal.definition.checks.runs.story import story
from statemachine_internal.definition.diagnostics import quoted
from statemachine_internal.definition.model import Transition
from statemachine_internal.definition.suggest import listed

_WAITS = (Phase.RESTING, Phase.PARKED)
_PROGRESS = ("starts", "takes", "emits", "sends", "does")


def check(graph: Graph) -> None:
    """Complain of each set of machines that some run brings to where none of them can ever go on.

    An event from outside is awaited in good faith; a ``stop`` from outside is no way on.
    """
    stuck = _stuck(graph)
    runs = graph.runs(lambda edge: edge.move.chance is Chance.SURE and not edge.move.stops)
    found: dict[frozenset[tuple[int, str]], int] = {}
    for node in runs:
        waiting = frozenset((i, graph.nodes[node][i].state) for i, nodes in enumerate(stuck) if node in nodes)
        if waiting:
            found.setdefault(waiting, node)
    for waiting, node in found.items():
        if not any(waiting < more for more in found):
            _complain(graph, node, sorted(index for index, _ in waiting), runs)


def _stuck(graph: Graph) -> list[set[int]]:
    """For each machine the configurations in which it waits, and from which none is reached in which it goes on."""
    open_ended = graph.unseen | graph.blocked
    goes_on = [set(open_ended) for _ in graph.group]
    for edges in graph.edges:
        for edge in edges:
            if edge.move.happening.what in _PROGRESS and not edge.move.stops:
                goes_on[edge.move.happening.machine].add(edge.source)
    before = graph.backwards(lambda edge: not edge.move.stops)
    waits = [
        {number for number, whole in enumerate(graph.nodes) if whole[index].phase in _WAITS}
        for index in range(len(graph.group))
    ]
    return [
        waiting - graph.leading_to(goals, before) if waiting else set()
        for waiting, goals in zip(waits, goes_on, strict=True)
    ]


def _complain(graph: Graph, node: int, waiting: list[int], runs: dict[int, Edge | None]) -> None:
    whole = graph.nodes[node]
    if len(waiting) == 1:
        given, state = graph.group[waiting[0]].given, whole[waiting[0]].state
        if state in given.flagged or not _awaited(graph, waiting[0], state):
            return  # what is wrong there was said already
    first = graph.group[waiting[0]].given
    state = whole[waiting[0]].state
    each = listed(_words(graph, index, whole[index].state) for index in waiting)
    them = "it" if len(waiting) == 1 else "one of them"
    message = f"{each}, and nothing that may still happen lets {them} go on"
    awaited = _awaited(graph, waiting[0], state)
    spot = first.places.of(awaited[0].position, "event") if awaited else first.definition.states[state].position
    text = awaited[0].event if awaited else state
    hint = "send the event earlier, or add a timeout(N) as a way out"
    first.report.show(spot, "deadlock", message, story(graph.group, runs, node), text=text, hint=hint)


def _words(graph: Graph, index: int, state: str) -> str:
    events = dict.fromkeys(quoted(t.event) for t in _awaited(graph, index, state))
    wanted = f" for {listed(events)}" if events else ""
    return f"{graph.group[index].given.name} waits in {quoted(state)}{wanted}"


def _awaited(graph: Graph, index: int, state: str) -> list[Transition]:
    """The transitions of the state itself."""
    return [t for t in graph.group[index].definition.transitions if state in t.sources]
