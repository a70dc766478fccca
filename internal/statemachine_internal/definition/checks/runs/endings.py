"""Final states that transitions lead to, but that no run reaches."""

from __future__ import annotations

from statemachine_internal.definition.checks.runs.graph import Graph
from statemachine_internal.definition.checks.runs.place import Phase
from statemachine_internal.definition.checks.runs.story import story
from statemachine_internal.definition.diagnostics import RunStep, quoted
from statemachine_internal.definition.suggest import listed


def check(graph: Graph) -> None:
    if not graph.complete:
        return
    for index, actor in enumerate(graph.group):
        given = actor.given
        entered = {whole[index].state for whole in graph.nodes} | {s for i, s in graph.stopped if i == index}
        for name, state in actor.definition.states.items():
            if state.final and name in given.reached and name not in entered:
                _complain(graph, index, name)


def _complain(graph: Graph, index: int, name: str) -> None:
    given = graph.group[index].given
    into = [t for t in given.definition.transitions if t.target == name]
    sources = {source for t in into for source in t.sources}
    events = dict.fromkeys(quoted(t.event) for t in into)
    message = f"the final state {quoted(name)} is never reached: {listed(events)} never comes when it would lead there"
    hint = "see who emits or sends it, and in which state"
    spot = given.definition.states[name].position
    run = _nearest(graph, index, sources)
    given.report.show(spot, "unreachable-final", message, run, text=name, hint=hint)


def _nearest(graph: Graph, index: int, sources: set[str]) -> tuple[RunStep, ...]:
    """The run to where the machine waits, one step before."""
    for runs in graph.likely_runs():
        for node in runs:
            standing = graph.nodes[node][index]
            if standing.state in sources and standing.phase in (Phase.RESTING, Phase.PARKED):
                return story(graph.group, runs, node)
    return ()
