"""Rows of the table: what was measured, the floor beside it, and the budget of the architecture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One measurement. ``at_most`` or ``at_least`` is the budget for ``ratio``; neither: it is only told."""

    what: str
    measured: str
    floor: str
    ratio: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def budget(self) -> str:
        """The budget in words."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return f">= {self.at_least:g}" if self.at_least is not None else "-"

    @property
    def kept(self) -> bool | None:
        """Whether the budget holds; None where there is none."""
        if self.ratio is None:
            return None
        if self.at_most is not None:
            return self.ratio <= self.at_most
        return self.ratio >= self.at_least if self.at_least is not None else None


def markdown(rows: list[Row]) -> str:
    """The table, as the README holds it."""
    lines = ["| what | measured | floor, same run | ratio | budget | |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        verdict = {True: "kept", False: "MISSED", None: ""}[row.kept]
        lines.append(f"| {row.what} | {row.measured} | {row.floor} | {ratio} | {row.budget} | {verdict} |")
    return "\n".join(lines)
