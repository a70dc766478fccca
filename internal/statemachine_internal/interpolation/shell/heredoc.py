"""Here-documents: where their text ends, and how a value gets into a quoted one."""

import re
from typing import NamedTuple

from .place import Lost
from .word import Word

_DELIMITER = re.compile(r"(?:[A-Za-z0-9_.,:@%+=/!-]|'[^'\n\0]*'|\"[^\"\\$`\n\0]*\"|\\[^\n\0])+")
_AFTER = frozenset(" \t\n;&|()<>")
_QUOTES = re.compile(r"['\"]|\\(?=.)")
_WORD = re.compile(r"[A-Za-z0-9_]+")
_SPECIAL = re.compile(r"[\\$`]")

DELIMITER = (
    "it stands in a here-document whose quoted delimiter holds special characters; "
    "use letters, digits and underscores for the delimiter"
)


class HereDocument(NamedTuple):
    """A here-document whose operator was read."""

    delimiter: str
    quoted: bool
    """Whether nothing is expanded in it."""
    tabs: bool
    """Whether tabs at the beginning of its lines are dropped (``<<-``)."""
    start: int
    """Where the delimiter's word begins and ends in the command."""
    stop: int
    words: list[Word]
    """The command that reads it; the list grows until the command ends."""

    @property
    def rewritable(self) -> bool:
        """Whether the delimiter can do without its quotes."""
        return _WORD.fullmatch(self.delimiter) is not None

    def is_delimiter(self, line: str) -> bool:
        """Whether a line ends the here-document."""
        return (line.lstrip("\t") if self.tabs else line) == self.delimiter


class Edit(NamedTuple):
    """A replacement in the command's text."""

    start: int
    stop: int
    text: str


def read_operator(text: str, position: int, end: int, *, tabs: bool, words: list[Word]) -> HereDocument:
    """Read the delimiter behind ``<<`` or ``<<-``.

    Raises:
        Lost: it is none that every shell reads alike.
    """
    while position < end and text[position] in " \t":
        position += 1
    match = _DELIMITER.match(text, position, end)
    if match is None or (match.end() < end and text[match.end()] not in _AFTER):
        raise Lost("the delimiter of a here-document")
    word = match.group()
    return HereDocument(
        _QUOTES.sub("", word), any(quote in word for quote in "'\"\\"), tabs, match.start(), match.end(), words
    )


def find_end(document: HereDocument, text: str, start: int, end: int) -> tuple[int, int]:
    """Find the line that ends a here-document.

    Args:
        document: what to look for.
        text: the command.
        start: where the body begins.
        end: where the command, or the substitution around it, ends.

    Returns:
        Where the body ends, and where the text goes on behind the delimiter's line.

    Raises:
        Lost: there is no such line, or a continued line makes it doubtful which it is.
    """
    position = start
    continued = False
    while position < end:
        newline = text.find("\n", position, end)
        stop = end if newline < 0 else newline
        line = text[position:stop]
        bare = line.lstrip("\t")
        if continued and document.delimiter.endswith(bare):
            raise Lost("a continued line before the end of a here-document")
        if document.is_delimiter(line):
            return position, min(stop + 1, end)
        if bare.startswith(document.delimiter) and ")" in bare[len(document.delimiter) :][:2]:
            raise Lost("a parenthesis on the line that ends a here-document")
        backslashes = len(line) - len(line.rstrip("\\"))
        continued = not document.quoted and backslashes % 2 == 1
        position = stop + 1
    raise Lost("a here-document without its last line")


def unquote(document: HereDocument, text: str, start: int, stop: int) -> list[Edit]:
    """Make a quoted here-document one in which variables are expanded and all else stays as it is.

    Returns:
        The edits: its delimiter loses its quotes, and what would be special in its body gets a backslash.
    """
    edits = [Edit(document.start, document.stop, document.delimiter)]
    edits += [Edit(match.start(), match.start(), "\\") for match in _SPECIAL.finditer(text, start, stop)]
    return edits
