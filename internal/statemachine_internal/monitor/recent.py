"""The feed's newest rows, in memory, for all clients at once.

::

    base                        base + len          a client's place: the number of the row that it wants next
     │ row row row row … row row │
       ▲ a slow client      ▲ the others

A client has no queue of its own, only its place. One whose place has been dropped has missed nothing: it reads on by id
from the database, and is told so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

from statemachine_internal.store.overview import FeedTuple

from .shown import feed_text

KEPT = 4096
"""Rows."""
KEPT_BYTES = 16 * 1024 * 1024
"""Of payloads, at most; the newest row stays whatever its size."""


class FeedLine:
    """A row, and its JSON, which is made once, for the first client that wants it."""

    __slots__ = ("_text", "row")

    def __init__(self, row: FeedTuple) -> None:
        self.row = row
        self._text: str | None = None

    @property
    def text(self) -> str:
        return self.make() if self._text is None else self._text

    def make(self) -> str:
        self._text = feed_text(self.row)
        return self._text


class Recent:
    """The rows, numbered from the start of this process."""

    def __init__(self) -> None:
        self.base = 0
        self._lines: deque[FeedLine] = deque()
        self._bytes = 0

    @property
    def end(self) -> int:
        """The number of the next row."""
        return self.base + len(self._lines)

    def add(self, rows: list[FeedTuple]) -> None:
        for row in rows:
            self._lines.append(FeedLine(row))
            self._bytes += len(row[3])
        while len(self._lines) > KEPT or (self._bytes > KEPT_BYTES and len(self._lines) > 1):
            self._bytes -= len(self._lines.popleft().row[3])
            self.base += 1

    def forget(self) -> None:
        """Forget all: another database begins."""
        self.base = self.end
        self._lines.clear()
        self._bytes = 0

    def since(self, place: int) -> Iterator[FeedLine]:
        """The rows from a place on, which must not be before ``base``."""
        return islice(self._lines, place - self.base, None)

    def place_after(self, id: int) -> int | None:
        """The place of the first row behind an id; None if it may have been dropped."""
        if not self._lines or id < self._lines[0].row[0] - 1:
            return None
        for number, line in enumerate(self._lines, self.base):
            if line.row[0] > id:
                return number
        return self.end
