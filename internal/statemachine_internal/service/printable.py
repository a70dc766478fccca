"""Text from data, made fit for one line of a terminal or of ``systemctl status``."""

from __future__ import annotations

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    r"""``text`` with escapes for all that moves a cursor, colours, breaks a line or turns its direction.

    Line feeds become ``\n``, ESC ``\x1b``, a right-to-left override ``\u202e``, a lone surrogate ``\udc80``.
    Printable text, the usual case, is returned as it is.
    """
    if text.isprintable():
        return text
    return "".join([character if character.isprintable() else _escape(character) for character in text])


def _escape(character: str) -> str:
    if character == "\u00a0":  # a no-break space is not "printable" to Python, and harmless
        return character
    return _SHORT.get(character) or ascii(character)[1:-1]
