"""The places of cells within their layers: as near to their neighbours' as their order and widths allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

_SWEEPS = 16
_GAP = 22.0


def aligned(
    rows: Sequence[Sequence[int]],
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
    widths: Sequence[float],
) -> list[float]:
    """The middle of each cell; the leftmost edge is at 0."""
    xs = [0.0] * len(widths)
    for row in rows:
        _place(row, [0.0] * len(row), widths, xs)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            _place(row, [_mean(cell, above if down else below, xs) for cell in row], widths, xs)
    for row in rows:  # at last both sides have a say
        _place(row, [(_mean(c, above, xs) + _mean(c, below, xs)) / 2 for c in row], widths, xs)
    left = min((x - width / 2 for x, width in zip(xs, widths, strict=True)), default=0.0)
    return [x - left for x in xs]


def _mean(cell: int, neighbours: Sequence[Sequence[int]], xs: Sequence[float]) -> float:
    near = neighbours[cell]
    return sum(xs[other] for other in near) / len(near) if near else xs[cell]


def _place(row: Sequence[int], wanted: Sequence[float], widths: Sequence[float], xs: list[float]) -> None:
    """Give the cells of a row the places nearest to ``wanted`` (least squares) that keep order and gaps.

    Less the room that those before it take, each place must be no less than the one before it: an isotonic regression,
    solved by pooling adjacent violators.
    """
    steps = [0.0] + [(widths[a] + widths[b]) / 2 + _GAP for a, b in pairwise(row)]
    offsets = list(accumulate(steps))
    pools: list[tuple[float, int]] = []  # sum and number of what shares one value
    for wish, offset in zip(wanted, offsets, strict=False):
        total, count = wish - offset, 1
        while pools and pools[-1][0] * count > total * pools[-1][1]:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    values = [total / count for total, count in pools for _ in range(count)]
    for cell, value, offset in zip(row, values, offsets, strict=False):
        xs[cell] = value + offset
