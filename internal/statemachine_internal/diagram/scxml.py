"""SCXML (W3C Recommendation of 1 September 2015), for other tools that know state machines.

What SCXML has no word for is in a namespace of ours, as the Recommendation provides for: the names as the definition
has them, for identifiers and event names may not hold all characters; groups, which have no meaning there; actions,
as executable content. ``when`` is written as ``cond``, in the language of the data model ``statemachine``, which is
ours.

A timer is a delayed event that the state sends at its entry and cancels at its exit. Transitions from any state are
those of one state around all others. A final state in there, or one that has transitions, is a state which at once
goes on to the one that ends the machine; SCXML lets only a ``final`` at the top do so, and gives it no transitions.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from statemachine_internal.definition.model import ANY_STATE
from statemachine_internal.diagram.graph import Action, Edge, Graph, Node
from statemachine_internal.diagram.identifiers import identifiers
from statemachine_internal.diagram.labels import number
from statemachine_internal.service.printable import printable

SUFFIX = ".scxml"

NAMESPACE = "http://www.w3.org/2005/07/scxml"
OURS = "urn:statemachine:definition"

_END = "end"
_AROUND = "machine"
_MODEL = "statemachine"
_TIMER = "timer_"  # before a number: the id of a delayed event
_STEP = "  "


def render(graph: Graph) -> str:
    """The document; attributes of ours have the prefix ``m``."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(_Document(graph).lines()) + "\n"


class _Document:
    """One document; identifiers are looked up, and timers counted, while it is written."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._around = graph.wildcards
        timers = (f"{_TIMER}{count + 1}" for count in range(sum(len(state.timeouts) for state in graph.states)))
        self._ids = identifiers([state.name for state in graph.states], reserved=(_END, _AROUND, *timers))
        events = [edge.event for edge in graph.transitions]
        self._events = identifiers(events, reserved=("done", "error"), blank="event")
        self._timeouts = {edge.timeout: self._events[edge.event] for edge in graph.transitions}
        self._timers = 0

    def lines(self) -> Iterator[str]:
        states, depth = self._graph.states, 1
        guarded = any(edge.when is not None for edge in self._graph.transitions)
        model = _MODEL if guarded else "null"
        start = f' initial="{_AROUND}"' if self._around else self._initial()
        name = _attribute("m:name", self._graph.name)
        yield f'<scxml xmlns="{NAMESPACE}" xmlns:m="{OURS}" version="1.0" datamodel="{model}"{name}{start}>'
        if self._around:
            depth = 2
            yield f'{_STEP}<state id="{_AROUND}"{self._initial()}>'
            yield from (_STEP * depth + line for line in self._transitions(ANY_STATE))
        yield from (_STEP * depth + line for state in states for line in self._state(state))
        if self._around:
            yield f"{_STEP}</state>"
        if any(self._goes_on(state) for state in states):
            yield f'{_STEP}<final id="{_END}"/>'
        yield "</scxml>"

    def _initial(self) -> str:
        """Nothing where a part of a graph lacks the initial state: SCXML then takes the first."""
        return f' initial="{self._ids[self._graph.initial]}"' if self._graph.initial in self._ids else ""

    def _goes_on(self, state: Node) -> bool:
        """Whether a final state can't be a ``final``."""
        return state.final and (self._around or any(edge.source == state.name for edge in self._graph.transitions))

    def _state(self, state: Node) -> Iterator[str]:
        goes_on = self._goes_on(state)
        tag = "final" if state.final and not goes_on else "state"
        marks = {"final": goes_on, "outside": state.outside}
        attributes = [
            f' id="{self._ids[state.name]}"',
            _attribute("m:name", state.name),
            "" if state.group is None else _attribute("m:group", state.group),
            *(f' m:{mark}="true"' for mark, holds in marks.items() if holds),
        ]
        inner = [*self._entry(state), *self._transitions(state.name)]
        if goes_on:
            inner.append(f'<transition target="{_END}"/>')
        yield from _element(tag, "".join(attributes), inner)

    def _entry(self, state: Node) -> Iterator[str]:
        """Timers and actions at entry, and the timers' end at exit."""
        sends: list[str] = []
        cancels: list[str] = []
        for timeout in state.timeouts:
            self._timers += 1
            timer = f"{_TIMER}{self._timers}"
            sends.append(f'<send id="{timer}" event="{self._timeouts[timeout]}" delay="{number(timeout)}s"/>')
            cancels.append(f'<cancel sendid="{timer}"/>')
        entry = [*sends, *_actions(state.actions)]
        if entry:
            yield from _element("onentry", "", entry)
        if cancels:
            yield from _element("onexit", "", cancels)

    def _transitions(self, source: str) -> Iterator[str]:
        for edge in self._graph.transitions:
            if edge.source == source:
                yield from _element("transition", self._transition(edge), [*_actions(edge.actions)])

    def _transition(self, edge: Edge) -> str:
        return "".join(
            [
                f' event="{self._events[edge.event]}"',
                "" if edge.target is None else f' target="{self._ids[edge.target]}"',
                "" if edge.when is None else _attribute("cond", edge.when),
                _attribute("m:id", edge.id),
                _attribute("m:event", edge.event),
                ' m:interrupt="true"' if edge.interrupt else "",
            ]
        )


def _actions(actions: tuple[Action, ...]) -> Iterator[str]:
    for action in actions:
        yield f"<m:action{_attribute('type', action.type)}{_attribute('text', action.text)}/>"


def _element(tag: str, attributes: str, inner: list[str]) -> Iterator[str]:
    if not inner:
        yield f"<{tag}{attributes}/>"
        return
    yield f"<{tag}{attributes}>"
    yield from (_STEP + line for line in inner)
    yield f"</{tag}>"


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(printable(value))}"'
