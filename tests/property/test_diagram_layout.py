"""Layouts by chance: nothing lies upon anything else, and every line leads from its box to its box."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.diagram.layout import Link, Point, Size, layout, ranks

sizes = st.floats(1, 300).flatmap(
    lambda width: st.builds(
        Size, width=st.just(width), height=st.floats(1, 120), core=st.none() | st.floats(width / 4, width)
    )
)


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[Size], list[Link]]:
    boxes = draw(st.lists(sizes, min_size=1, max_size=9))
    number = st.integers(0, len(boxes) - 1)
    ends = draw(st.lists(st.tuples(number, number).filter(lambda pair: pair[0] != pair[1]), max_size=14, unique=True))
    return boxes, [Link(source=source, target=target, label=draw(sizes)) for source, target in ends]


def apart(one: tuple[Point, Size], other: tuple[Point, Size]) -> bool:
    (place, size), (other_place, other_size) = one, other
    wide = abs(place[0] - other_place[0]) >= (size.width + other_size.width) / 2
    return wide or abs(place[1] - other_place[1]) >= (size.height + other_size.height) / 2


@pytest.mark.req("I2")
@given(drawing=drawings())
def test_no_box_and_no_label_lies_upon_another(drawing: tuple[list[Size], list[Link]]) -> None:
    boxes, links = drawing
    placed = layout(boxes, links, [0])
    things = [*zip(placed.boxes, boxes, strict=True), *zip(placed.labels, (link.label for link in links), strict=True)]
    assert all(apart(one, other) for one, other in combinations(things, 2))
    for (x, y), size in things:
        assert -0.01 <= x - size.width / 2 <= x + size.width / 2 <= placed.size.width + 0.01
        assert -0.01 <= y - size.height / 2 <= y + size.height / 2 <= placed.size.height + 0.01


@pytest.mark.req("I2")
@given(drawing=drawings())
def test_a_line_leads_from_the_edge_of_its_source_over_its_label_to_the_edge_of_its_target(
    drawing: tuple[list[Size], list[Link]],
) -> None:
    boxes, links = drawing
    placed = layout(boxes, links, [0])
    for link, line, label in zip(links, placed.lines, placed.labels, strict=True):
        for box, (x, y) in ((link.source, line[0]), (link.target, line[-1])):
            middle, size = placed.boxes[box], boxes[box]
            assert abs(y - middle[1]) == pytest.approx(size.height / 2)
            assert abs(x - middle[0]) <= (size.width if size.core is None else size.core) / 2
        assert any(abs(x - label[0]) <= link.label.width / 2 for x, _ in line[1:-1])


@pytest.mark.req("I2")
@given(drawing=drawings())
def test_no_line_runs_through_a_box(drawing: tuple[list[Size], list[Link]]) -> None:
    """Between two of its points a line is no wider and no taller than they are apart."""
    boxes, links = drawing
    placed = layout(boxes, links, [0])
    for line in placed.lines:
        for (x, y), (next_x, next_y) in pairwise(line):
            part = ((x + next_x) / 2, (y + next_y) / 2), Size(width=abs(x - next_x), height=abs(y - next_y) - 0.01)
            assert all(apart(part, box) for box in zip(placed.boxes, boxes, strict=True))


@given(drawing=drawings())
def test_a_rank_is_the_distance_from_the_root(drawing: tuple[list[Size], list[Link]]) -> None:
    boxes, links = drawing
    found = ranks(len(boxes), links, [0])
    assert found[0] == 0
    assert min(found) == 0
    reached = {0}
    while more := {link.target for link in links if link.source in reached} - reached:
        reached |= more
    assert all(found[link.target] <= found[link.source] + 1 for link in links if link.source in reached)
