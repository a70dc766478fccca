"""A table of text, as wide as the terminal at most."""

from __future__ import annotations

GAP = 2
LEAST = 8  # columns that are left of a text that was cut
ELLIPSIS = "…"


def render(
    headings: list[str], rows: list[list[str]], *, free: set[int], right: set[int], width: int | None
) -> list[str]:
    """The lines of a table.

    Args:
        headings: of the columns.
        rows: the cells, printable.
        free: columns of free text, which may be cut.
        right: columns whose cells stand at the right: numbers.
        width: of the terminal; None: cut nothing.
    """
    chosen = list(range(len(headings)))
    widths = [max(map(columns, cells)) for cells in zip(headings, *rows, strict=True)]
    if width is not None:
        if _total(widths, chosen) > width:  # what says nothing goes first
            chosen = [i for i in chosen if not rows or any(row[i] for row in rows)]
        _shrink(widths, chosen, free, width)
    lines = [
        (" " * GAP).join(_cell(row[i], widths[i], at_right=i in right) for i in chosen).rstrip()
        for row in [headings, *rows]
    ]
    return lines if width is None else [cut(line, width) for line in lines]


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, width: int) -> str:
    """The text, or as much of its start as fits, and an ellipsis."""
    if columns(text) <= width:
        return text
    kept = text[: max(0, width - 1)]
    while columns(kept) > width - 1:
        kept = kept[:-1]
    return kept + ELLIPSIS


def _total(widths: list[int], chosen: list[int]) -> int:
    return sum(widths[i] for i in chosen) + GAP * (len(chosen) - 1)


def _shrink(widths: list[int], chosen: list[int], free: set[int], width: int) -> None:
    """Take from the widest free text until all fits, or nothing is left to take."""
    while (over := _total(widths, chosen) - width) > 0:
        widest = max((i for i in chosen if i in free), key=lambda i: widths[i], default=None)
        if widest is None or widths[widest] <= LEAST:
            return
        next_widest = max((widths[i] for i in chosen if i in free and i != widest), default=LEAST)
        # Down to the next widest in one go, or a megabyte of text takes a million rounds.
        take = min(over, max(1, widths[widest] - max(next_widest, LEAST)))
        widths[widest] -= take


def _cell(text: str, width: int, *, at_right: bool) -> str:
    text = cut(text, width)
    padding = " " * (width - columns(text))
    return padding + text if at_right else text + padding
