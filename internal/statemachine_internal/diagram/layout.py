"""Where boxes and lines stand: a layered drawing, from above to below.

::

    ranks   breadth-first from the roots; layer 2n holds the boxes of rank n
    chains  each link runs through one cell a layer, and its label is one of these cells: nothing overlaps
    order   of the cells of a layer, by few crossings (``ordering``)
    places  of the cells, by straight lines (``alignment``)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from statemachine_internal.diagram.alignment import aligned
from statemachine_internal.diagram.ordering import ordered

Point = tuple[float, float]

_LAYER_GAP = 22.0
_PORT_GAP = 18.0
_LINE_WIDTH = 10.0  # of a cell with a line alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """In the units of the drawing. ``core`` is the width in the middle that lines may meet; None: all of it."""

    width: float
    height: float
    core: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A line between two different boxes, given by their numbers, and the size of its label."""

    source: int
    target: int
    label: Size


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The middles of boxes and labels, and the points that the lines run through, all without a margin."""

    size: Size
    boxes: tuple[Point, ...]
    labels: tuple[Point, ...]
    lines: tuple[tuple[Point, ...], ...]


@dataclass(slots=True)
class Cells:
    """Boxes, labels and the bends of lines alike. The boxes are the first of them."""

    sizes: list[Size]
    layers: list[int]
    above: list[list[int]] = field(default_factory=list)
    below: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.above = [[] for _ in self.sizes]
        self.below = [[] for _ in self.sizes]

    def add(self, size: Size, layer: int) -> int:
        self.sizes.append(size)
        self.layers.append(layer)
        self.above.append([])
        self.below.append([])
        return len(self.sizes) - 1

    def join(self, one: int, other: int) -> None:
        """Connect two cells of neighbouring layers."""
        upper, lower = (one, other) if self.layers[one] < self.layers[other] else (other, one)
        self.below[upper].append(lower)
        self.above[lower].append(upper)

    def rows(self) -> list[list[int]]:
        """The cells of each layer."""
        found: list[list[int]] = [[] for _ in range(max(self.layers, default=-1) + 1)]
        for cell, layer in enumerate(self.layers):
            found[layer].append(cell)
        return found


def layout(boxes: Sequence[Size], links: Sequence[Link], roots: Sequence[int]) -> Layout:
    """Place ``boxes`` and ``links``; ``roots`` are the boxes to start from, the first at the top."""
    cells = Cells(list(boxes), [2 * rank for rank in ranks(len(boxes), links, roots)])
    chains = [_chain(link, cells) for link in links]
    rows = ordered(cells.rows(), cells.above, cells.below)
    xs = aligned(rows, cells.above, cells.below, [size.width for size in cells.sizes])
    bands = _bands(rows, cells.sizes)
    places = [(xs[cell], sum(bands[layer]) / 2) for cell, layer in enumerate(cells.layers)]
    ports = _Ports(cells, places, bands)
    width = max((x + size.width / 2 for x, size in zip(xs, cells.sizes, strict=True)), default=0.0)
    return Layout(
        size=Size(width=width, height=bands[-1][1] if bands else 0.0),
        boxes=tuple(places[: len(boxes)]),
        labels=tuple(places[label] for _, label in chains),
        lines=tuple(
            ports.line([link.source, *chain, link.target]) for link, (chain, _) in zip(links, chains, strict=True)
        ),
    )


def ranks(count: int, links: Sequence[Link], roots: Sequence[int]) -> list[int]:
    """The rank of each box: its distance from a root; one that no root leads to stands above what it leads to."""
    targets: list[list[int]] = [[] for _ in range(count)]
    for link in links:
        targets[link.source].append(link.target)
    rank: dict[int, int] = {}
    for root in (*roots, *range(count)):
        if root in rank:
            continue
        known = [rank[target] for target in targets[root] if target in rank]
        rank[root] = max(min(known) - 1, 0) if known else max(rank.values(), default=0)
        queue = deque([root])
        while queue:
            box = queue.popleft()
            for target in targets[box]:
                if target not in rank:
                    rank[target] = rank[box] + 1
                    queue.append(target)
    return [rank[box] for box in range(count)]


def _chain(link: Link, cells: Cells) -> tuple[list[int], int]:
    """The cells between the ends of a link, from its source to its target, and that one of them that is its label."""
    first, last = cells.layers[link.source], cells.layers[link.target]
    between = [first + 1] if first == last else list(range(first + 1, last) or range(first - 1, last, -1))
    middle = between[len(between) // 2]
    label = middle if middle % 2 else middle + 1  # layers of boxes are even
    line = Size(width=_LINE_WIDTH, height=0)
    chain = [cells.add(link.label if layer == label else line, layer) for layer in between]
    path = [link.source, *chain, link.target]
    for one, other in pairwise(path):
        cells.join(one, other)
    return chain, chain[between.index(label)]


def _bands(rows: Sequence[Sequence[int]], sizes: Sequence[Size]) -> list[tuple[float, float]]:
    """The top and the bottom of each layer."""
    bands: list[tuple[float, float]] = []
    top = 0.0
    for row in rows:
        bottom = top + max((sizes[cell].height for cell in row), default=0.0)
        bands.append((top, bottom))
        top = bottom + _LAYER_GAP
    return bands


class _Ports:
    """The points at which lines meet cells: side by side, in the order of where they come from.

    Within a layer a line runs upright, so that it passes by the taller boxes of it.
    """

    def __init__(self, cells: Cells, places: Sequence[Point], bands: Sequence[tuple[float, float]]) -> None:
        self._cells, self._places, self._bands = cells, places, bands

    def line(self, path: Sequence[int]) -> tuple[Point, ...]:
        points: list[Point] = []
        for before, cell, after in zip([None, *path[:-1]], path, [*path[1:], None], strict=True):
            turns = before is not None and after is not None and self._is_above(before, cell, after)
            if turns:
                points.append(self._places[cell])
                continue
            points += self._port(cell, before)[::-1] if before is not None else ()
            points += self._port(cell, after) if after is not None else ()
        return tuple(dict.fromkeys(points))

    def _is_above(self, before: int, cell: int, after: int) -> bool:
        """Whether a line comes from above and goes back there."""
        layers = self._cells.layers
        return layers[before] < layers[cell] and layers[after] < layers[cell]

    def _port(self, cell: int, other: int) -> tuple[Point, Point]:
        """The point at the edge of the cell, and the one at the edge of its layer."""
        x, y = self._places[cell]
        size = self._cells.sizes[cell]
        lower = self._cells.layers[other] > self._cells.layers[cell]
        peers = sorted((self._cells.below if lower else self._cells.above)[cell], key=lambda peer: self._places[peer])
        room = (size.width if size.core is None else size.core) * 0.8
        gap = min(_PORT_GAP, room / max(len(peers) - 1, 1))
        shift = (peers.index(other) - (len(peers) - 1) / 2) * gap
        edge = y + size.height / 2 if lower else y - size.height / 2
        return (x + shift, edge), (x + shift, self._bands[self._cells.layers[cell]][lower])
