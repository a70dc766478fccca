"""The standard streams of a program, which its caller may have closed, or opened for another alphabet."""

from __future__ import annotations

import io
import os
import sys
from typing import Final

_STREAMS: Final = ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w"))


def mend_streams() -> None:
    """Let what is closed lead nowhere, and what can't be encoded be escaped.

    A descriptor below 3 that stays free becomes the next socket or file, and whoever prints then prints into it.
    """
    for descriptor, name, mode in _STREAMS:
        try:
            os.fstat(descriptor)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, and so this one
            os.set_inheritable(nowhere, True)
            setattr(sys, name, os.fdopen(descriptor, mode, closefd=False))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def forget_output() -> None:
    """Let the interpreter's last flush go nowhere: it would fail again, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
