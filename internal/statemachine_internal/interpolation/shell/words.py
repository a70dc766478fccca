"""The words of the simple command that the scanner is in."""

import re

from .reparse import is_known
from .word import EXPANSION, SLOT, Word

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\[.*\])?\+?=", re.DOTALL)
_RESERVED = frozenset(["if", "then", "else", "elif", "while", "until", "do", "!", "{", "time"])


class Words:
    """Words as far as they were read.

    Targets of redirections, assignments before the command and the reserved words that open a list are left out.
    """

    def __init__(self) -> None:
        self.items: list[Word] = []
        self.known: list[int] = []
        """Which of them name a program that may parse its arguments once more."""
        self.slots: list[int] = []
        """Placeholders in the word that is being read."""
        self.command_slots: list[int] = []
        """Placeholders in all words of the command."""
        self.inputs: list[int] = []
        """Placeholders in what the command is given to read, here-documents left out."""
        self.redirection: str | None = None
        """The operator whose target the next word is."""
        self.own_input = False
        """Whether its standard input is redirected."""
        self._restart_word()
        self._prefixed = False
        self._timed = False

    def _restart_word(self) -> None:
        self._buffer: list[str] | None = None
        self._plain: list[str] = []
        self._bare = self._fluid = True
        self._split = self._fed = False

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
        self._add(text)
        self._plain.append(text)
        self._bare = self._bare and bare
        self._fluid = False

    def add_slot(self, index: int) -> None:
        """Add a placeholder to the word."""
        self._add(SLOT)
        self._note(range(index, index + 1))
        self._fluid = False

    def add_expansion(self, shown: str, slots: range = range(0), *, quoted: bool, fed: bool = False) -> None:
        """Add an expansion to the word, with the placeholders that its value comes from."""
        self._add(SLOT if slots else shown)
        self._note(slots)
        self._fluid = self._fluid and not quoted
        self._split = self._split or (bool(slots) and not quoted and not fed)
        self._fed = self._fed or (bool(slots) and fed)

    def _add(self, text: str) -> None:
        if self._buffer is None:
            self._buffer = []
        self._buffer.append(text)

    def _note(self, slots: range) -> None:
        if slots:
            self._bare = False
        self.slots.extend(slots)
        self.command_slots.extend(slots)

    def drop(self) -> None:
        """Forget the word that is being read: it was the number of a redirection."""
        self._restart_word()

    def end(self) -> tuple[Word, bool]:
        """End the word; it stands in ``items`` unless it is left out.

        Returns:
            The word, and whether it is a reserved word or ``case``'s ``esac`` by its position and writing.
        """
        word = Word(self.current, "".join(self._plain), fluid=self._fluid, splits=self._split, fed=self._fed)
        bare = self._bare and not self._fluid
        self._restart_word()
        self.slots = []
        if self.redirection is not None:
            self.redirection = None
            self._prefixed = True
            return word, False
        first = not self.items and not self._prefixed
        if first and bare and word in _RESERVED:
            self._timed = word == "time"
            return word, True
        if first and bare and self._timed and word in ("-p", "--"):
            return word, False
        if not self.items and _ASSIGNMENT.match(word):
            self._prefixed = True
        else:
            if is_known(word):
                self.known.append(len(self.items))
            self.items.append(word)
        return word, first and bare

    def restart(self) -> None:
        """Begin a new command; the old list of words stays as it is for whoever holds it."""
        self.items, self.known, self.slots, self.command_slots, self.inputs = [], [], [], [], []
        self.redirection, self.own_input, self._prefixed, self._timed = None, False, False, False
        self._restart_word()


__all__ = ["EXPANSION", "SLOT", "Word", "Words"]
