"""The text of a template, taken apart into literal text and placeholders."""

import re
from functools import lru_cache
from typing import NamedTuple

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_PATH = rf"{_NAME}(?:\.(?:{_NAME}|[0-9]+))*"
_BODY = rf"{_PATH}(?:\|{_PATH})*(?:\|default:[^{{}}\n\0]*)?"
# A run of braces is read as a whole, so that it can be told which of them are doubled; after a dollar sign it is the
# shell's own.
_BRACED = re.compile(rf"(?<![${{])(\{{+)({_BODY})(\}}+)")

_LENGTH = "length"
_DEFAULT = "default"


class Placeholder(NamedTuple):
    """One placeholder of a template."""

    source: str
    """As it was written, braces included."""
    alternatives: tuple[tuple[str, ...], ...]
    """Dotted names in the order in which they are tried, each taken apart at its dots."""
    length: bool = False
    """Whether the value's length is asked for instead of the value."""
    default: str | None = None
    """What stands in for a value that is not there; None if nothing does."""


class Template(NamedTuple):
    """A template as it was parsed."""

    pieces: tuple[str | Placeholder, ...]
    """Literal text, escapes resolved, and placeholders in their order."""
    literal: bool
    """Whether the text means itself: no placeholder and no escape in it."""


@lru_cache(maxsize=4096)
def parse(text: str) -> Template:
    """Take a template apart.

    Args:
        text: any string; what is no placeholder is literal text.

    Returns:
        Its pieces. Two literal pieces never stand side by side, and none is empty.
    """
    pieces: list[str | Placeholder] = []
    literal: list[str] = []
    changed = False
    position = 0
    for match in _BRACED.finditer(text):
        opening, body, closing = match.groups()
        placeholder = _placeholder(body)
        if placeholder is None:
            continue
        changed = True
        count = min(len(opening), len(closing))
        literal.append(text[position : match.end(1) - count])
        literal.append("{" * (count // 2))
        if count % 2:
            _flush(literal, pieces)
            pieces.append(placeholder)
        else:
            literal.append(body)
        literal.append("}" * (count // 2))
        position = match.start(3) + count
    literal.append(text[position:])
    _flush(literal, pieces)
    return Template(tuple(pieces), not changed)


def _flush(literal: list[str], pieces: list[str | Placeholder]) -> None:
    text = "".join(literal)
    if text:
        pieces.append(text)
    literal.clear()


def _placeholder(body: str) -> Placeholder | None:
    """The placeholder between a pair of braces, or None if a name follows a filter."""
    head, has_default, default = body.partition(f"|{_DEFAULT}:")
    names = head.split("|")
    if not has_default and names[-1] == _DEFAULT and len(names) > 1:
        names.pop()
        has_default = _DEFAULT
    length = names[-1] == _LENGTH and len(names) > 1
    if length:
        names.pop()
    if _LENGTH in names[1:] or _DEFAULT in names[1:]:
        return None
    alternatives = tuple(tuple(name.split(".")) for name in names)
    return Placeholder("{" + body + "}", alternatives, length, default if has_default else None)
