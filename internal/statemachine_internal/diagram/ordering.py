"""The order of cells within their layers, such that few lines cross: the barycenter method of Sugiyama et al., 1981."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

_SWEEPS = 8

Rows = list[list[int]]
Neighbours = Sequence[Sequence[int]]


def ordered(rows: Rows, above: Neighbours, below: Neighbours) -> Rows:
    """The best order that some sweeps down and up find."""
    best, fewest = rows, crossings(rows, below)
    current = [list(row) for row in rows]
    place = _places(current)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for row in current if down else reversed(current):
            _sort(row, place, above if down else below)
        found = crossings(current, below)
        if found < fewest:
            best, fewest = [list(row) for row in current], found
    return best


def crossings(rows: Rows, below: Neighbours) -> int:
    """How many pairs of lines cross, between all layers."""
    place = _places(rows)
    count = 0
    for row in rows:
        passed: list[int] = []  # the lower ends of what starts further left, sorted
        for cell in row:
            ends = [place[lower] for lower in below[cell]]
            count += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return count


def _places(rows: Rows) -> dict[int, int]:
    """The place of each cell within its row."""
    return {cell: index for row in rows for index, cell in enumerate(row)}


def _sort(row: list[int], place: dict[int, int], neighbours: Neighbours) -> None:
    """By the mean place of the neighbours; one without any stays where it is. ``place`` follows."""
    keys = {
        cell: sum(place[n] for n in neighbours[cell]) / len(neighbours[cell])
        if neighbours[cell]
        else float(place[cell])
        for cell in row
    }
    row.sort(key=keys.__getitem__)
    place.update((cell, index) for index, cell in enumerate(row))
