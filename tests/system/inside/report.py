"""What a check has to say beside that it holds: numbers, for the summary of the run."""

from __future__ import annotations

_lines: list[str] = []


def say(line: str) -> None:
    """Put a line into the summary."""
    _lines.append(line)


def taken() -> list[str]:
    """The lines since the last call."""
    lines = _lines.copy()
    _lines.clear()
    return lines
