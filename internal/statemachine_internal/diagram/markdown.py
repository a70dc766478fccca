"""A page about a machine that reads well on a code host: drawings first, then what stands in them, as tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from statemachine_internal.diagram import mermaid
from statemachine_internal.diagram.graph import Action, Edge, Graph, Node
from statemachine_internal.diagram.labels import ANY_STATE_LABEL, action_label, number
from statemachine_internal.diagram.parts import MAIN, part_of, parts_of
from statemachine_internal.service.printable import printable

SUFFIX = ".md"

_SPECIAL = re.compile(r"""[!-/:-@\[-`{-~]""")  # ASCII's punctuation: all that Markdown can mean something by
_HARMLESS = frozenset(" .,/'\"?()=%$;")
_IN_CODE = re.compile(r"[^`|\\<>&\s]+(?: [^`|\\<>&\s]+)*")


def render(graph: Graph) -> str:
    """The page."""
    return "\n".join(_lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    yield from (f"# {_text(graph.name)}", "", _summary(graph), "", *_drawing(graph), "")
    yield from ("## States", "")
    yield from _table(["state", "", "actions", "timers"], (_state(state) for state in graph.states))
    if graph.transitions:
        yield from ("## Transitions", "")
        head = ["from", "event", "to", "when", "actions"]
        yield from _table(head, (_transition(edge) for edge in graph.transitions))
        yield from ("## Events", "")
        yield from _table(["event", "taken in"], _events(graph.transitions))
    if graph.groups:
        yield from ("## Groups", "")
        yield from _table(["group", "states"], ([_text(group.name), _codes(group.states)] for group in graph.groups))
    for part in parts_of(graph):
        drawn = None if part.name == MAIN else part_of(graph, part.name)
        # A group that is all of the machine was drawn already, and so was a part that is given as a graph.
        if drawn is not None and len(graph.groups) > 1:
            yield from (f"### {_text(part.title)}", "", *_drawing(drawn), "")


def _summary(graph: Graph) -> str:
    ends = [state.name for state in graph.states if state.final]
    return f"Starts in {_code(graph.initial)}" + (f", ends in {_codes(ends)}." if ends else ".")


def _drawing(graph: Graph) -> list[str]:
    return ["```mermaid", mermaid.render(graph).rstrip("\n"), "```"]


def _state(state: Node) -> list[str]:
    marks = [mark for mark in ("initial", "final", "outside") if getattr(state, mark)]
    timers = ", ".join(f"{number(seconds)} s" for seconds in state.timeouts)
    return [_code(state.name), ", ".join(marks), _actions(state.actions), timers]


def _transition(edge: Edge) -> list[str]:
    return [
        ANY_STATE_LABEL if edge.wildcard else _code(edge.source),
        _code(edge.event) + (", interrupts" if edge.interrupt else ""),
        "stays" if edge.target is None else _code(edge.target),
        "" if edge.when is None else _code(edge.when),
        _actions(edge.actions),
    ]


def _events(edges: Iterable[Edge]) -> Iterator[list[str]]:
    """Each event with the states that take it."""
    takers: dict[str, dict[str, None]] = {}
    for edge in edges:
        takers.setdefault(edge.event, {})[ANY_STATE_LABEL if edge.wildcard else _code(edge.source)] = None
    return ([_code(event), ", ".join(states)] for event, states in takers.items())


def _actions(actions: Iterable[Action]) -> str:
    return "<br>".join(_code(action_label(action)) for action in actions)


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"
    yield ""


def _codes(names: Iterable[str]) -> str:
    return ", ".join(_code(name) for name in names)


def _code(text: str) -> str:
    """In the letters of code, whatever is in it: a pipe, for one, would end the cell of a table even in backticks."""
    clean = printable(text)
    return f"`{clean}`" if _IN_CODE.fullmatch(clean) else f"<code>{_entities(clean, frozenset())}</code>"


def _text(text: str) -> str:
    return _entities(printable(text), _HARMLESS)


def _entities(text: str, harmless: frozenset[str]) -> str:
    return _SPECIAL.sub(lambda m: m.group() if m.group() in harmless else f"&#{ord(m.group())};", text)
