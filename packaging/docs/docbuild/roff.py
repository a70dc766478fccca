"""The language of man(7): what has to be escaped, and the macros that we use."""

from __future__ import annotations

# What a formatter would otherwise turn into typographic signs, or take for its own (groff_char(7), man-pages(7)).
_SIGNS = {
    "\\": r"\e",
    "~": r"\(ti",
    "^": r"\(ha",
    "`": r"\(ga",
}
_LITERAL = _SIGNS | {"-": r"\-", "'": r"\(aq", '"': r"\(dq"}


def text(plain: str) -> str:
    """Prose: a hyphen stays a hyphen."""
    return _escaped(plain, _SIGNS)


def literal(plain: str) -> str:
    """What a reader may copy: dashes and quotes are the ones of the keyboard."""
    return _escaped(plain, _LITERAL)


def word(plain: str) -> str:
    """The same inside of prose: no word of it is hyphenated at the end of a line."""
    return " ".join(rf"\%{literal(part)}" if part else part for part in plain.split(" "))


def line(made: str) -> str:
    """A line of text that the formatter can't take for a request."""
    return rf"\&{made}" if made.startswith((".", "'")) else made


def argument(plain: str) -> str:
    """An argument of a macro, in quotes."""
    return '"' + literal(plain) + '"'


def _escaped(plain: str, signs: dict[str, str]) -> str:
    return "".join(
        signs.get(char, char) if char.isascii() else rf"\[u{ord(char):04X}]" for char in plain.replace("\t", "    ")
    )
