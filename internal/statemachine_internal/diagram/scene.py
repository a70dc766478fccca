"""What stands in an SVG drawing before it has its places: boxes with lines of text, and bundles of edges."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import east_asian_width

from statemachine_internal.definition.model import ANY_STATE
from statemachine_internal.diagram.graph import Edge, Graph, Node
from statemachine_internal.diagram.labels import ANY_STATE_LABEL, action_label, edge_label
from statemachine_internal.diagram.layout import Link, Size
from statemachine_internal.diagram.wording import one_line

LINE = 17.0  # height of a line of text
PADDING = 9.0
_CHARACTER = 7.1  # width of one, on average
_NAME_CHARACTER = 8.4
_LOOP = 30.0  # the room of an arrow from a box to itself
_LONGEST = 46
_MOST_ACTIONS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of text; ``kind`` is its class in the drawing, ``edge`` what it stands for, if anything."""

    text: str
    kind: str = ""
    edge: Edge | None = None

    @property
    def width(self) -> float:
        columns = sum(2 if east_asian_width(c) in "WF" else 1 for c in self.text)
        return columns * (_NAME_CHARACTER if self.kind == "name" else _CHARACTER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A state, or what stands for any. ``size`` takes in its loops, ``width`` doesn't."""

    name: str
    title: str
    kinds: tuple[str, ...]
    lines: tuple[Line, ...]
    loops: tuple[Line, ...]

    @property
    def is_state(self) -> bool:
        return "state" in self.kinds

    @property
    def width(self) -> float:
        return max(max(line.width for line in self.lines) + 2 * PADDING, 64.0)

    @property
    def size(self) -> Size:
        loop = _LOOP + max(line.width for line in self.loops) if self.loops else 0.0
        height = max(len(self.lines), len(self.loops)) * LINE + 2 * PADDING
        # As much at the left as the loops take at the right, so that the box itself is in the middle.
        return Size(width=self.width + 2 * loop, height=height, core=self.width)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """All edges from one box to another, as one line with a label each."""

    link: Link
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Boxes, the bundles between them, and the boxes from which the drawing starts."""

    boxes: tuple[Box, ...]
    bundles: tuple[Bundle, ...]
    roots: tuple[int, ...]


def scene_of(graph: Graph) -> Scene:
    """All that is to be drawn; the text of a line is cut where it is long."""
    boxes = [_state(state, graph) for state in graph.states]
    if graph.wildcards:
        lines = (Line(text=ANY_STATE_LABEL, kind="group"), *_internal(graph, ANY_STATE))
        boxes.append(Box(name=ANY_STATE, title=ANY_STATE_LABEL, kinds=("any",), lines=lines, loops=()))
    number = {box.name: index for index, box in enumerate(boxes)}
    together: dict[tuple[int, int], list[Line]] = {}
    for edge, target in graph.outer:
        if edge.source != target:
            together.setdefault((number[edge.source], number[target]), []).append(_line(edge))
    return Scene(
        boxes=tuple(boxes),
        bundles=tuple(_bundle(ends, lines) for ends, lines in together.items()),
        roots=tuple(number[state.name] for state in graph.states if state.initial),
    )


def _state(state: Node, graph: Graph) -> Box:
    actions = [action_label(action) for action in state.actions]
    shown = (
        actions if len(actions) <= _MOST_ACTIONS else [*actions[: _MOST_ACTIONS - 1], f"{len(actions)} actions in all"]
    )
    group = [Line(text=one_line(state.group, _LONGEST), kind="group")] if state.group else []
    return Box(
        name=state.name,
        title="\n".join([state.name, *actions]),
        kinds=("state", *(kind for kind in ("initial", "final", "outside") if getattr(state, kind))),
        lines=(
            *group,
            Line(text=one_line(state.name, _LONGEST), kind="name"),
            *(Line(text=one_line(action, _LONGEST)) for action in shown),
            *_internal(graph, state.name),
        ),
        loops=tuple(_line(edge) for edge in graph.loops(state.name)),
    )


def _internal(graph: Graph, state: str) -> tuple[Line, ...]:
    return tuple(_line(edge) for edge in graph.inner(state))


def _line(edge: Edge) -> Line:
    return Line(text=one_line(edge_label(edge), _LONGEST), edge=edge)


def _bundle(ends: tuple[int, int], lines: list[Line]) -> Bundle:
    label = Size(width=max(line.width for line in lines) + 8, height=len(lines) * LINE + 2)
    return Bundle(link=Link(source=ends[0], target=ends[1], label=label), lines=tuple(lines))
