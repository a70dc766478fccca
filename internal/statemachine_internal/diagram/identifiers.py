"""Words that every language takes for an identifier, and every URL and file system for a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 48

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OTHER = re.compile(r"[^A-Za-z0-9]+", re.ASCII)


def identifiers(names: Iterable[str], *, reserved: Iterable[str] = (), blank: str = "state") -> dict[str, str]:
    """Name → identifier, each another one, whatever its letters' case.

    A name that is an identifier stays as it is where it can, so that the output reads like the definition; others come
    as near as they can. ``reserved`` words are given to none. ``blank`` is for a name without a usable character.
    """
    taken = {word.lower() for word in reserved}
    found: dict[str, str] = {}
    wanted = list(dict.fromkeys(names))
    for name in sorted(wanted, key=lambda name: not _fits(name)):
        base = name if _fits(name) else _near(name) or blank
        word, count = base, 1
        while word.lower() in taken:
            count += 1
            word = f"{base}_{count}"
        taken.add(word.lower())
        found[name] = word
    return {name: found[name] for name in wanted}


def _fits(name: str) -> bool:
    return len(name) <= LONGEST and _IDENTIFIER.fullmatch(name) is not None


def _near(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    word = _OTHER.sub("_", plain).strip("_")[:LONGEST]
    return f"_{word}" if word[:1].isdecimal() else word
