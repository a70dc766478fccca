"""Records for a human: a line each, on stderr or another text stream."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import Any, Final, TextIO

from .printable import printable
from .vocabulary import EXCEPTION, LEVEL, LEVELS, MESSAGE_ID, TERMINAL_NAMES, TEXT, TRACEBACK, as_text, traceback_text

_DIM: Final = "\x1b[2m"
_RESET: Final = "\x1b[0m"


def wants_colour(stream: TextIO) -> bool:
    """True for a terminal that can show colours, unless NO_COLOR (https://no-color.org) is set and not empty."""
    try:
        terminal = stream.isatty()
    except (OSError, ValueError):
        return False
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


_SHORT = 64  # characters


class TerminalLine:
    """The last structlog processor: a record as ``HH:MM:SS.mmm LEVEL text key=value …``.

    Control characters of text and values are escaped: data can neither begin a line nor colour one. A traceback follows
    on lines of its own, which are indented, as no record is.
    """

    def __init__(self, *, colour: bool, now: Callable[[], float] = time.time) -> None:
        self._colour, self._now = colour, now

    def __call__(self, _logger: object, method: str, record: MutableMapping[str, Any]) -> str:
        """The line, without its end."""
        text = printable(as_text(record.pop(TEXT)))
        level = LEVELS.get(record.pop(LEVEL, method)) or LEVELS["info"]
        traceback = record.pop(TRACEBACK, None) or traceback_text(record.pop(EXCEPTION, None))
        record.pop(EXCEPTION, None)
        record.pop(MESSAGE_ID, None)
        label = f"{level.label:<8}"
        if self._colour:
            label = f"\x1b[{level.colour}m{label}{_RESET}"
        line = " ".join(
            [
                self._clock(),
                label,
                text,
                *(self._pair(key, value) for key, value in record.items() if value is not None),
            ]
        )
        if traceback is None:
            return line
        return "\n".join([line, *(f"    {printable(row)}" for row in as_text(traceback).split("\n"))])

    def _clock(self) -> str:
        now = self._now()
        local = time.localtime(now)
        return f"{local.tm_hour:02}:{local.tm_min:02}:{local.tm_sec:02}.{int(now * 1000) % 1000:03}"

    def _pair(self, key: str, value: object) -> str:
        text = as_text(value)
        name, shown = _name(key), _known(text) if len(text) <= _SHORT else _quoted(text)
        return f"{_DIM}{name}={_RESET}{shown}" if self._colour else f"{name}={shown}"


@lru_cache(maxsize=256)
def _name(key: str) -> str:
    return printable(TERMINAL_NAMES.get(key, key))


@lru_cache(maxsize=1024)
def _known(text: str) -> str:
    """The same names of states, events and machines come in every record."""
    return _quoted(text)


def _quoted(text: str) -> str:
    if text and text.isprintable() and not any(c in text for c in ' "='):
        return text
    # The backslash first: a line feed and a backslash with an n stay two different things.
    return '"' + printable(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


class TerminalSink:
    """A structlog logger whose methods write a line. It never raises: a terminal may go away, a machine goes on."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._given = stream

    @property
    def _stream(self) -> TextIO:
        """What was given, else the stderr of the moment: a program may put another in its place."""
        return sys.stderr if self._given is None else self._given

    def write(self, line: str) -> None:
        """One record, in one write."""
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except UnicodeEncodeError:  # an ASCII stream
            self.write(line.encode("ascii", "backslashreplace").decode())
        except (OSError, ValueError):  # gone, full, or closed
            return

    debug = info = warning = error = critical = write
