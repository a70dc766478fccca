"""Did-you-mean."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from statemachine_internal.definition.diagnostics import Report, quoted

_MOST = 200
_LONGEST = 64


def did_you_mean(word: str, choices: Iterable[str], report: Report) -> str:
    """``did you mean 'x'?`` for the choice nearest to ``word``; empty where none is near."""
    if report.full or len(word) > _LONGEST:
        return ""
    import difflib  # only a file with mistakes pays for it

    few = [choice for choice in islice(choices, _MOST) if len(choice) <= _LONGEST]
    lower = {choice.lower(): choice for choice in reversed(few)}
    near = difflib.get_close_matches(word.lower(), lower, n=1)
    return f"did you mean {quoted(lower[near[0]])}?" if near else ""


def listed(choices: Iterable[str]) -> str:
    """The first few of ``choices``, for a message."""
    some = list(islice(choices, 9))
    return ", ".join(some[:8]) + (", …" if len(some) > 8 else "")
