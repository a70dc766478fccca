"""Did-you-mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from statemachine_internal.definition.diagnostics import Report, quoted

_MOST = 200
_LONGEST = 64


def did_you_mean(word: str, choices: Iterable[str], report: Report) -> str:
    """``did you mean 'x'?`` for the choice nearest to ``word``; empty where none is near."""
    near = nearest(word, choices, report)
    return "" if near is None else f"did you mean {quoted(near)}?"


def nearest(word: str, choices: Iterable[str], report: Report) -> str | None:
    """The choice nearest to ``word``; None where none is near, and where a complaint would not be shown."""
    if report.full or len(word) > _LONGEST:
        return None
    import difflib  # only a file with mistakes pays for it

    few = [choice for choice in islice(choices, _MOST) if len(choice) <= _LONGEST]
    lower = {choice.lower(): choice for choice in reversed(few)}
    near = difflib.get_close_matches(word.lower(), lower, n=1)
    return lower[near[0]] if near else None


def misspelt(
    wanted: Collection[str], written: Iterable[str], known: Collection[str], synonyms: Mapping[str, str], report: Report
) -> str:
    """Which of the ``written`` keys of a map stands where one of ``wanted``, which is missing, was meant.

    A key that is nearer to another of the ``known`` ones is not meant; empty where there is none.
    """
    for key in written:
        if key not in known:
            near = synonyms.get(key) or nearest(key, sorted(known), report)
            if near is not None and near in wanted:
                return f"you wrote {quoted(key)}: did you mean {quoted(near)}?"
    return ""


def listed(choices: Iterable[str]) -> str:
    """The first few of ``choices``, for a message."""
    some = list(islice(choices, 9))
    return ", ".join(some[:8]) + (", …" if len(some) > 8 else "")
