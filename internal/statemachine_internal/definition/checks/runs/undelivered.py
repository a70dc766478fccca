"""Events that one machine sends to another, which is never in a state that takes them."""

from __future__ import annotations

from statemachine_internal.definition.checks.runs.graph import Edge, Graph
from statemachine_internal.definition.checks.runs.moves import Happening
from statemachine_internal.definition.checks.runs.story import story, told
from statemachine_internal.definition.checks.targets import event_place
from statemachine_internal.definition.diagnostics import RunStep, quoted
from statemachine_internal.definition.model import Position
from statemachine_internal.definition.suggest import listed


def check(graph: Graph) -> None:
    if not graph.complete:
        return
    likely = graph.likely_runs()
    done: set[tuple[Position, int]] = set()
    for edges in graph.edges:
        for edge in edges:
            happening = edge.move.happening
            for target in happening.targets if happening.what == "sends" else ():
                assert happening.spec is not None
                key = (happening.spec.position, target)
                if (target, happening.event) not in graph.taken and key not in done:
                    done.add(key)
                    _complain(graph, happening, target, likely)


def _complain(graph: Graph, happening: Happening, target: int, likely: list[dict[int, Edge | None]]) -> None:
    sender, receiver = graph.group[happening.machine], graph.group[target]
    send = sender.send(happening.spec) if happening.spec is not None else None
    takes = [t for t in receiver.definition.transitions if t.event == happening.event]
    if send is None or not send.to_one or not takes or receiver.given.custom:
        return  # that nothing takes it at all was said already
    sources = dict.fromkeys(quoted(source) for t in takes for source in t.sources)
    message = (
        f"{receiver.given.name} takes {quoted(happening.event)} in {listed(sources)}, and is never there when it comes"
    )
    hint = f"take it where {receiver.given.name} is then, or write on_unhandled: defer"
    spot = event_place(sender.given, send)
    run = _run(graph, likely, target, happening.event)
    sender.given.report.show(spot, "event-never-taken", message, run, text=happening.event, hint=hint)


def _run(graph: Graph, likely: list[dict[int, Edge | None]], machine: int, event: str) -> tuple[RunStep, ...]:
    """The nearest run in which the event comes and is not taken."""
    for runs in likely:
        for node in runs:
            for edge in graph.edges[node]:
                happening = edge.move.happening
                if happening.what == "drops" and happening.machine == machine and happening.event == event:
                    return (*story(graph.group, runs, node), *told(graph.group, [edge.move]))
    return ()
