"""What a plain scalar means, by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/, 10.3.2).

YAML 1.1 reads ``on``, ``off``, ``yes``, ``no`` as booleans, ``1:30`` as 90 and ``2024-01-01`` as a date; here all of
them stay text, so that a state may be called ``on``.
"""

from __future__ import annotations

import re

_WORDS: dict[str, bool | float | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INT = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_HEX = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_STARTS = frozenset("0123456789+-.")
# Python turns no more than 4300 digits into an int, or back into text; nobody counts with numbers of that length.
_LONGEST = 300


def resolve(text: str) -> str | int | float | bool | None:
    """The value of the plain scalar ``text``."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _STARTS or len(text) > _LONGEST:
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEX.fullmatch(text):
        return int(text[2:], 16)
    return float(text) if _FLOAT.fullmatch(text) else text
