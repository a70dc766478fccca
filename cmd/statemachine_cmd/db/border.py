"""The border of the program: every failure becomes one line on stderr and an exit status, never a traceback."""

from __future__ import annotations

import os
import sys

from statemachine_cmd.db import PROGRAM, command
from statemachine_internal.errors import EX_REFUSED, StateMachineError
from statemachine_internal.service.printable import printable

INTERRUPTED = 130  # 128 + SIGINT, as a shell says it
PIPE_CLOSED = 141  # 128 + SIGPIPE


def guarded(arguments: list[str]) -> int:
    """Run the program; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a stream that was closed is None
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")  # a terminal that isn't UTF-8 is no reason to fail
    try:
        status = command.run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except StateMachineError as error:
        complain(str(error))
        status = error.exit_code
    except BrokenPipeError:  # "| head" has seen enough
        _forget_output()
        status = PIPE_CLOSED
    except KeyboardInterrupt:
        _forget_output()
        status = INTERRUPTED
    except OSError as error:  # no room for the output, above all
        _forget_output()
        where = f"{error.filename}: " if error.filename else ""
        complain(f"{where}{error.strerror or error}")
        status = EX_REFUSED
    return status if _flushed() else PIPE_CLOSED


def complain(text: str) -> None:
    """One line on stderr, whatever is in the text."""
    if sys.stderr is not None:  # closed; and print() would take None for stdout
        print(f"{PROGRAM}: {printable(text)}", file=sys.stderr)


def _flushed() -> bool:
    """Write what is still in the buffers: of an error after the first lines of output, or its message."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        _forget_output()
        return False
    return True


def _forget_output() -> None:
    """Let the interpreter's last flush go nowhere: it would fail again, and complain."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
    except OSError:
        pass
