"""Where records go: to journald when systemd started the program, else to stderr."""

from __future__ import annotations

import logging as standard
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TextIO, cast

from .journal import JOURNAL_SOCKET, JournalSink, journal_fields, journal_is_stderr
from .lean_structlog import structlog
from .standard_library import StandardLibraryHandler
from .terminal import TerminalLine, TerminalSink, wants_colour

if TYPE_CHECKING:
    from structlog.typing import Processor

Logger = structlog.typing.FilteringBoundLogger


# Several machines may share a process; what runs for one of them, its callbacks and tasks too, has this set.
_machine: ContextVar[str | None] = ContextVar("machine", default=None)


class _Process:
    """The one logger of the process that all others are bound from; structlog's own configuration stays the user's."""

    root: Logger | None = None
    sink: JournalSink | TerminalSink | None = None


def configure_logging(
    *, machine: str, debug: bool = False, stream: TextIO | None = None, journal_address: str = JOURNAL_SOCKET
) -> None:
    """Says where the records of this process go. Call it once, before the first ``get_logger``.

    journald gets them as fields when this process' stderr is the journal's, which is what systemd makes of it. A
    program in a terminal writes there, even on a host that has a journal.

    Records of the standard library's ``logging`` (asyncio's, those of custom actions) go the same way, unless the
    program has handlers of its own.

    Args:
        machine: the machine's name, a field of every record; empty for a program that is no machine.
        debug: also write what is of use only to who looks for a fault.
        stream: write lines to this stream, whatever there is of a journal.
        journal_address: journald's socket.
    """
    forget_configuration()
    level = standard.DEBUG if debug else standard.INFO
    _bridge(_set_up(machine, level, stream, journal_address), level)


def _set_up(machine: str, level: int, stream: TextIO | None, journal_address: str) -> Logger:
    sink, renderer = _output(stream, journal_address)
    lazy = structlog.wrap_logger(
        sink, processors=[renderer], wrapper_class=structlog.make_filtering_bound_logger(level), context_class=dict
    )
    # Bound at once: nothing is looked up or cached later, and loggers of an earlier call go on as they were.
    _Process.sink = sink
    _Process.root = cast("Logger", lazy.bind(machine=machine or None))
    return _Process.root


def get_logger(**fields: object) -> Logger:
    """A logger with these fields in every record, and the machine's name where ``speaking_for`` says whose they are.

    Without ``configure_logging`` it writes to stderr.
    """
    # Without configuration this is a library in somebody's program, whose standard logging is not ours to touch.
    root = _Process.root or _set_up("", standard.INFO, None, JOURNAL_SOCKET)
    machine = _machine.get()
    if machine is not None:
        fields = {"machine": machine, **fields}
    return root.bind(**fields) if fields else root


@contextmanager
def speaking_for(machine: str) -> Iterator[None]:
    """Within this, and in all tasks and callbacks that begin within it, loggers are those of one machine."""
    before = _machine.set(machine)
    try:
        yield
    finally:
        _machine.reset(before)


def forget_configuration() -> None:
    """Back to the process as it started. Loggers that are still held go on, and open the journal again at need."""
    _Process.root = None
    if isinstance(_Process.sink, JournalSink):
        _Process.sink.close()
    _Process.sink = None


def _output(stream: TextIO | None, journal_address: str) -> tuple[JournalSink | TerminalSink, Processor]:
    if stream is None and journal_is_stderr() and os.path.exists(journal_address):
        return JournalSink(journal_address), cast("Processor", journal_fields)
    out = sys.stderr if stream is None else stream
    return TerminalSink(stream), TerminalLine(colour=wants_colour(out))


def _bridge(logger: Logger, level: int) -> None:
    root = standard.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, StandardLibraryHandler)]:
        root.removeHandler(handler)
    if not root.handlers:
        root.addHandler(StandardLibraryHandler(logger))
        root.setLevel(level)
        standard.getLogger("asyncio").setLevel(standard.WARNING)  # its debug records tell of selectors, not of machines
