"""Asking before something is deleted."""

from __future__ import annotations

import os
import sys

from statemachine_cmd.db import PROGRAM
from statemachine_internal.errors import StateMachineError
from statemachine_internal.service.printable import printable


class NotConfirmed(StateMachineError):
    """Nobody said yes."""

    code = "not_confirmed"


def confirm(what: str, *, force: bool) -> None:
    """Say what will be done, and go on only if that is wanted.

    Args:
        what: will be done, as a sentence without its end: "this deletes 3 events".
        force: it was said already that it is wanted.

    Raises:
        NotConfirmed: the answer was no, or there is no terminal to ask at.
    """
    if force:
        return
    if not has_terminal():
        raise NotConfirmed(f"{what}; to have it done without a terminal, say --force")
    print(f"{PROGRAM}: {printable(what)}. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    if answer.strip().lower() not in ("y", "yes"):
        raise NotConfirmed("nothing was done")


def has_terminal() -> bool:
    """Whether there is somebody to ask."""
    try:
        return os.isatty(0) and os.isatty(2) and sys.stdin is not None and sys.stderr is not None
    except OSError:
        return False
