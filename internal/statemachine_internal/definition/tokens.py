"""The words of a ``when`` expression."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<name>[^\W\d]\w*(?:\.\w+)*)
      | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,|-)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_HINTS = {
    "=": "compare with ==",
    "&": "write 'and'",
    "|": "write 'or'",
    "!": "write 'not', or != to compare",
    "{": "write the name without braces",
    "}": "write the name without braces",
    "'": "close it with '",
    '"': 'close it with "',
}


class ConditionError(Exception):
    """A ``when`` that can't be read. ``offset`` counts characters of its text from 0."""

    def __init__(self, message: str, offset: int, hint: str) -> None:
        self.message, self.offset, self.hint = message, offset, hint
        super().__init__(f"{message} at column {offset + 1}; {hint}")


@dataclass(frozen=True, slots=True)
class Token:
    """One word. ``kind`` is ``number``, ``name``, ``string``, ``sign`` or ``end``."""

    kind: str
    text: str
    offset: int


def split(text: str) -> list[Token]:
    """The words of ``text``, closed by one of kind ``end``."""
    found: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            char = text[offset]
            message = f"the quote {char} is never closed" if char in "'\"" else f"{char!r} means nothing here"
            raise ConditionError(
                message, offset, _HINTS.get(char, "use names, texts in quotes, numbers and comparisons")
            )
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "", match.group(), offset))
        offset = match.end()
    found.append(Token("end", "", max(len(text.rstrip()) - 1, 0)))
    return found
