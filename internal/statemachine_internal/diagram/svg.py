"""A picture that needs no other program: SVG, light or dark as its reader is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from statemachine_internal.diagram.graph import Edge, Graph
from statemachine_internal.diagram.layout import Layout, Point, layout
from statemachine_internal.diagram.scene import LINE, PADDING, Box, Bundle, Scene, scene_of
from statemachine_internal.service.printable import printable

SUFFIX = ".svg"

_MARGIN = 24.0
_START = 22.0  # from the dot to the initial state
_STYLE = """\
svg{--paper:#fff;--ink:#1b1f24;--soft:#57606a;--box:#f6f8fa;--line:#8c959f;--label:#fff;background:var(--paper)}
@media(prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#e6edf3;--soft:#9198a1;--box:#161b22;--line:#768390;\
--label:#0d1117}}
text{font:12px system-ui,sans-serif;fill:var(--soft);text-anchor:middle}
.name{font-weight:600;font-size:14px;fill:var(--ink)}.group{font-style:italic}.loop{text-anchor:start}
.state rect,.any rect{fill:var(--box);stroke:var(--line);stroke-width:1.5}.initial rect{stroke-width:2.5}
.outside rect,.any rect{stroke-dasharray:5 4}
path{fill:none;stroke:var(--line);stroke-width:1.5}.dot,#arrow path{fill:var(--line);stroke:none}
.plate{fill:var(--label);opacity:.85}"""


def render(graph: Graph) -> str:
    """The drawing; every state is a ``g`` with ``data-state``, every edge a ``text`` with ``data-transition``."""
    scene = scene_of(graph)
    placed = layout([box.size for box in scene.boxes], [bundle.link for bundle in scene.bundles], scene.roots)
    width, height = placed.size.width + 2 * _MARGIN, placed.size.height + 2 * _MARGIN + _START
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" role="img" aria-labelledby="title desc">',
            f'<title id="title">{_text(graph.name)}</title>',
            f'<desc id="desc">{_text(_description(graph))}</desc>',
            f"<style>{_STYLE}</style>",
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
            f'<g transform="translate({_MARGIN:.0f} {_MARGIN + _START:.0f})">',
            *_drawing(scene, placed),
            "</g>",
            "</svg>\n",
        ]
    )


def _drawing(scene: Scene, placed: Layout) -> Iterator[str]:
    yield from (f'<path marker-end="url(#arrow)" d="{_curve(line)}"/>' for line in placed.lines)
    for box, place in zip(scene.boxes, placed.boxes, strict=True):
        yield from _box(box, place)
    for bundle, place in zip(scene.bundles, placed.labels, strict=True):
        yield from _label(bundle, place)


def _box(box: Box, place: Point) -> Iterator[str]:
    middle, top = place[0], place[1] - box.size.height / 2
    left, right = middle - box.width / 2, middle + box.width / 2
    if "initial" in box.kinds:
        yield f'<circle class="dot" cx="{middle:.1f}" cy="{top - _START:.1f}" r="5"/>'
        yield f'<path marker-end="url(#arrow)" d="M{middle:.1f} {top - _START:.1f}V{top:.1f}"/>'
    named = f' data-state="{_text(box.name)}"' if box.is_state else ""
    yield f'<g class="{" ".join(box.kinds)}"{named}><title>{_text(box.title)}</title>'
    yield _rect(left, top, box.width, box.size.height, 8)
    if "final" in box.kinds:
        yield _rect(left + 3, top + 3, box.width - 6, box.size.height - 6, 6)
    y = top + PADDING + LINE * 0.75
    for line in box.lines:
        kind = f' class="{line.kind}"' if line.kind else ""
        yield f'<text{kind}{_of(line.edge)} x="{middle:.1f}" y="{y:.1f}">{_text(line.text)}</text>'
        y += LINE
    yield "</g>"
    if box.loops:
        centre = place[1]
        yield (f'<path marker-end="url(#arrow)" d="M{right:.1f} {centre - 8:.1f}c22 -10 22 26 0 16"/>')
        y = centre + 4 - (len(box.loops) - 1) * LINE / 2
        for line in box.loops:
            yield f'<text class="loop"{_of(line.edge)} x="{right + 22:.1f}" y="{y:.1f}">{_text(line.text)}</text>'
            y += LINE


def _label(bundle: Bundle, place: Point) -> Iterator[str]:
    size = bundle.link.label
    left, top = place[0] - size.width / 2, place[1] - size.height / 2
    yield _rect(left, top, size.width, size.height, 4, "plate")
    for number, line in enumerate(bundle.lines):
        y = top + LINE * (number + 0.75)
        yield f'<text{_of(line.edge)} x="{place[0]:.1f}" y="{y:.1f}">{_text(line.text)}</text>'


def _rect(x: float, y: float, width: float, height: float, corner: int, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<rect{named} x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{corner}"/>'


def _curve(line: Sequence[Point]) -> str:
    """Through all points, upright at each of them."""
    (x, y), *rest = line
    parts = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        half = (y + to_y) / 2
        parts.append(f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(parts)


def _of(edge: Edge | None) -> str:
    """What a program, or a style, finds an edge by."""
    if edge is None:
        return ""
    target = "" if edge.target is None else f' data-to="{_text(edge.target)}"'
    return (
        f' data-transition="{_text(edge.id)}" data-from="{_text(edge.source)}" data-event="{_text(edge.event)}"{target}'
    )


def _description(graph: Graph) -> str:
    states, edges = len(graph.states), len(graph.transitions)
    final = [state.name for state in graph.states if state.final]
    ends = f" It ends in {', '.join(final)}." if final else ""
    return f"A state machine with {states} states and {edges} transitions. It starts in {graph.initial}.{ends}"


def _text(text: str) -> str:
    return escape(printable(text))
