"""The lines of a system's processes, each with the name of who says it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TextIO

from statemachine_internal.service.printable import printable
from statemachine_internal.service.terminal import wants_colour

_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)  # of names; red is for errors alone (ECMA-48, SGR)


class Speech:
    """Writes lines to ``stream``, in the order in which they come."""

    def __init__(self, names: Iterable[str], stream: TextIO) -> None:
        known = list(names)
        self._width = max(map(len, known))
        self._stream = stream
        colour = wants_colour(stream)
        self._colours = {name: _COLOURS[i % len(_COLOURS)] if colour else None for i, name in enumerate(known)}

    def say(self, name: str, line: str) -> None:
        """Write one line of ``name``. Who reads no more is no reason for the machines to end."""
        head = f"{name:<{self._width}}"
        colour = self._colours[name]
        if colour is not None:
            head = f"\x1b[{colour}m{head}\x1b[0m"
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{head} | {line if colour is not None else printable(line)}\n")
            self._stream.flush()
