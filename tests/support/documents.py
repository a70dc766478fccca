"""A page of the documentation, as one who follows it to the letter reads it.

- Each ``sh`` block is typed into a terminal.
- A block after the words ``Write this to `PATH`:`` is the text of that file.
- A ``text`` block after an ``sh`` block is what is seen then; ``…`` stands for anything.
- ``Ctrl+C`` in a paragraph is pressed in every terminal in which a program still runs.

Where blocks can be run stands in comments of the page: ``<!-- runs: system -->`` (a host with systemd, from the
packages) and ``<!-- runs: terminal -->`` (anywhere) hold from there on, ``<!-- not run: REASON -->`` for the next block
alone.

Imports nothing but the standard library: the booted systems read pages too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TERMINAL, SYSTEM = "terminal", "system"
_FENCE = re.compile(r"^```(\S*)$")
_PLACE = re.compile(r"^<!-- runs: (\w+) -->$")
_NOT_RUN = re.compile(r"^<!-- not run: (.+) -->$")
_WRITE = re.compile(r"\b[Ww]rite this to `([^`\s]+)`:$")
_INTERRUPT = re.compile(r"\bCtrl\+C\b")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of a page: where it runs, or why it doesn't; ``path`` where it is the text of a file."""

    line: int
    language: str
    text: str
    place: str
    reason: str | None = None
    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class Interrupt:
    """The reader is told to press Ctrl+C."""

    line: int
    place: str


Step = Block | Interrupt


def steps(page: Path) -> list[Step]:
    """What a reader of the page does, in order."""
    return list(_steps(page.read_text(encoding="utf-8").splitlines()))


def blocks(page: Path, language: str) -> list[Block]:
    """The blocks of a language."""
    return [step for step in steps(page) if isinstance(step, Block) and step.language == language]


def _steps(lines: list[str]) -> Iterator[Step]:
    place, reason = TERMINAL, None
    paragraph: list[str] = []
    last = ""  # the paragraph before the block
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if fence := _FENCE.match(line):
            end = lines.index("```", number)
            write = _WRITE.search(last)
            yield Block(
                line=number,
                language=fence.group(1),
                text="".join(f"{inside}\n" for inside in lines[number:end]),
                place=place,
                reason=reason,
                path=write.group(1) if write else None,
            )
            number, reason, last = end + 1, None, ""
        elif found := _PLACE.match(line):
            place = found.group(1)
            assert place in (TERMINAL, SYSTEM), f"line {number}: {line}"
        elif found := _NOT_RUN.match(line):
            reason = found.group(1)
        elif line.strip():
            paragraph.append(line.strip())
        if paragraph and (number == len(lines) or not lines[number].strip()):
            last = " ".join(paragraph)
            paragraph = []
            if _INTERRUPT.search(last):
                yield Interrupt(line=number, place=place)
