"""The words of the simple command that the scanner is in."""

import re

from .reparse import is_known

SLOT = "\0"
EXPANSION = "$"

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?=", re.DOTALL)
_RESERVED = frozenset(["if", "then", "else", "elif", "while", "until", "do", "!", "{", "time", "coproc"])


class Words:
    """Words as far as they were read, quotes removed, with a NUL for a placeholder.

    An expansion shows as ``$`` or ``$NAME``. Targets of redirections, assignments before the command and the reserved
    words that open a list are left out.
    """

    def __init__(self) -> None:
        self.items: list[str] = []
        self.known: list[int] = []
        """Which of them name a program that may parse its arguments once more."""
        self.slots: list[int] = []
        """Placeholders in the word that is being read."""
        self.command_slots: list[int] = []
        """Placeholders in all words of the command."""
        self.redirection: str | None = None
        """The operator whose target the next word is."""
        self._buffer: list[str] | None = None
        self._bare = True
        self._prefixed = False

    @property
    def inside(self) -> bool:
        """Whether a word has begun and not ended."""
        return self._buffer is not None

    @property
    def current(self) -> str:
        """The word that is being read."""
        return "".join(self._buffer or ())

    def add(self, text: str, *, bare: bool = False) -> None:
        """Add to the word; ``bare`` says that the text was outside of quotes and can make a reserved word."""
        if self._buffer is None:
            self._buffer = []
            self._bare = True
        self._buffer.append(text)
        self._bare = self._bare and bare

    def add_slot(self, index: int) -> None:
        """Add a placeholder to the word."""
        self.add(SLOT)
        self.slots.append(index)
        self.command_slots.append(index)

    def drop(self) -> None:
        """Forget the word that is being read: it was the number of a redirection."""
        self._buffer = None

    def end(self) -> tuple[str, bool]:
        """End the word; it stands in ``items`` unless it is left out.

        Returns:
            The word, and whether it is a reserved word or ``case``'s ``esac`` by its position and writing.
        """
        word, bare = self.current, self._bare
        self._buffer, self.slots = None, []
        if self.redirection is not None:
            self.redirection = None
            self._prefixed = True
            return word, False
        first = not self.items and not self._prefixed
        if first and bare and word in _RESERVED:
            return word, True
        if not self.items and _ASSIGNMENT.match(word):
            self._prefixed = True
        else:
            if is_known(word):
                self.known.append(len(self.items))
            self.items.append(word)
        return word, first and bare

    def restart(self) -> None:
        """Begin a new command; the old list of words stays as it is for whoever holds it."""
        self.items, self.known, self.slots, self.command_slots = [], [], [], []
        self.redirection, self._buffer, self._prefixed = None, None, False
