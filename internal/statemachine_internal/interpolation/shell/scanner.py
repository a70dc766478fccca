"""Commands: words, separators, redirections, here-documents, comments and ``case``."""

import re
from typing import NamedTuple

from .builtins import (
    arguments,
    array_argument,
    declares,
    everywhere,
    indexed_by_data,
    is_indexed,
    makes_array,
    variable,
)
from .place import IN_COMMENT, UNQUOTED, Lost, Place
from .redirections import Redirections
from .reparse import code_argument, inherits_code, reads_code, small_language
from .word import EXPANSION, Word, program
from .words import Words

_PLAIN = re.compile(r"[^\s\\'\"`$#;&|()<>\0]+")
_ARRAY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_INDEX = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)?\[[^\]]*", re.DOTALL)
_ESAC = re.compile(r"\s*esac")
_ARITHMETIC_TEST = frozenset(["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R"])

_CALCULATION = "a shell may run what it calculates with; check that it is a number first, or write ( ( for a subshell"
_TEST = "[[ … ]] may run what it compares as a number; write [ … ] instead"
_SUBSCRIPT = "a shell may run what an index of an array holds; check first that it is a number"


class Scanned(NamedTuple):
    """What came of a command."""

    text: str
    """The command, changed where a here-document had to lose its quotes."""
    places: tuple[Place, ...]
    """The places of its placeholders, in their order."""


def scan(text: str) -> Scanned:
    """Read a shell command with a NUL character in the place of each placeholder.

    Args:
        text: the command.

    Returns:
        A place for each placeholder; it never fails.
    """
    scanner = Scanner(text)
    try:
        scanner.commands(None)
    except Lost as lost:
        line = text.count("\n", 0, scanner.position) + 1
        reason = f"a shell may read on in more than one way at line {line}: {lost}; set a variable above: value={{x}}"
        rest = text.count("\0") - len(scanner.places)
        scanner.places += [Place(refusal=reason)] * rest
    scanner.finish()
    for start, stop, replacement in sorted(scanner.edits, reverse=True):
        text = text[:start] + replacement + text[stop:]
    return Scanned(text, tuple(scanner.places))


class Scanner(Redirections):
    """Reads commands and, through its base, what is inside their words."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.double_brackets = False
        self.in_array = False

    def enclosed(self, closer: str | None) -> None:
        pending, outer, plain_only, brackets = self.pending, self.outer_pending, self.plain_only, self.double_brackets
        in_array, self.in_array = self.in_array, False
        self.pending, self.double_brackets = [], False
        self.outer_pending = outer or bool(pending)
        self.plain_only = plain_only or closer is None
        with self.deeper():
            self.commands(closer)
        if self.pending:
            raise Lost("a here-document that begins in a substitution and ends outside of it")
        self.pending, self.outer_pending, self.plain_only, self.double_brackets = pending, outer, plain_only, brackets
        self.in_array = in_array

    def commands(self, closer: str | None) -> None:
        words = Words()
        # One entry for each `case` that is open here: whether a pattern is expected.
        cases: list[bool] = []
        while self.position < self.end:
            if self.plain_bare(words):
                continue
            character = self.peek()
            if character == "\0":
                self.bare_slot(words)
            elif character == "\\":
                if self.peek(2) == "\\\n" and self.position and self.text[self.position - 1] in "<>();&|":
                    raise Lost("a line that ends inside an operator")
                self.backslash(None if self.peek(2) == "\\\n" else words)
            elif character in "'\"":
                self.position += 1
                (self.single if character == "'" else self.double)(words)
            elif character == "`":
                self.backquotes(words, quoted=False)
            elif character == "$":
                self.dollar(words, quoted=False)
            elif character == "#" and not words.inside:
                self.comment()
            elif character == "#":
                words.add("#")
                self.position += 1
            elif character in " \t":
                self.end_word(words, cases)
                self.position += 1
            elif character == "\n":
                self.newline(words, cases)
            elif self.peek(2) == "&>" or character in "<>":
                self.redirection(words, cases)
            elif character in ";&|":
                self.end_command(words, cases)
                if self.peek(2) in (";;", ";&") and cases:
                    self.position += 1
                    cases[-1] = True
                self.position += 1
            elif character == "(":
                self.parenthesis(words, cases)
            elif character == ")":
                self.end_command(words, cases)
                self.position += 1
                if cases and cases[-1]:
                    cases[-1] = False
                elif closer == ")" and not cases:
                    return
                else:
                    raise Lost("a closing parenthesis too many")
            else:
                # Other white space, such as a carriage return, is part of a word.
                words.add(character)
                self.position += 1
        self.end_command(words, cases)
        if closer or cases:
            raise Lost("a parenthesis or a case that is never closed")

    def plain_bare(self, words: Words) -> bool:
        """Read characters of a word outside of all quotes."""
        match = _PLAIN.match(self.text, self.position, self.end)
        if match is None:
            return False
        words.add(match.group(), bare=True)
        self.position = match.end()
        return True

    def bare_slot(self, words: Words) -> None:
        """Note a placeholder outside of all quotes."""
        index = _INDEX.fullmatch(words.current)
        if index and (not words.items and index.group(1)):
            with self.refusing(_SUBSCRIPT):
                self.slot(UNQUOTED, words)
            return
        self.slot(UNQUOTED, words)

    def comment(self) -> None:
        """Skip a comment; the line's end stays."""
        if self.plain_only:
            raise Lost("a comment where shells may read a calculation or a backquote")
        newline = self.text.find("\n", self.position, self.end)
        stop = self.end if newline < 0 else newline
        self.places += [IN_COMMENT] * self.text.count("\0", self.position, stop)
        self.position = stop

    def end_word(self, words: Words, cases: list[bool]) -> None:
        """End the word, if there is one, and look at what it means for the command."""
        if not words.inside:
            return
        redirection, slots, count = words.redirection, words.slots, len(words.items)
        word, reserved = words.end()
        if redirection is not None:
            if redirection == "<<<" or word.fed:
                words.inputs += slots
            if redirection == "<" and word.startswith(("/dev/fd", "/dev/stdin", "/proc/")):
                words.own_input = False
            return
        if reason := variable(word) if slots else None:
            self.refuse_all(slots, reason)
        if not count and is_indexed(word):
            self.has_arrays = True
            if word.startswith("BASH_ALIASES["):
                raise Lost("an alias, which changes how the text behind it is read")
            if word.count("[") > word.count("]"):
                raise Lost("an index of an array with a space in it")
            if indexed_by_data(word):
                self.refuse_all(slots, _SUBSCRIPT)
        if word == "esac" and reserved and cases:
            cases.pop()
        if word == "[[" and len(words.items) == 1:
            self.double_brackets = True
        if word == "case" and not reserved and len(words.items) == 1:
            words.items[0] = Word("'case'")
        if words.items[:1] == ["case"] and len(words.items) == 3 and word == "in":
            if self.in_array:
                raise Lost("case inside an array")
            cases.append(True)
            words.restart()
        self.command_word(word, words)
        if slots and words.items:
            if reason := code_argument(words.items, words.known):
                self.refuse_all(slots, reason)
            elif warning := small_language(words.items, words.known):
                for index in slots:
                    self.places[index] = self.places[index]._replace(warning=warning)
            if reason := declares(words.items):
                self.declared += [(index, reason) for index in slots]

    def command_word(self, word: Word, words: Words) -> None:
        """Look at a word that may open another command, or change how the text behind it is read."""
        name, count = program(word), len(words.items)
        if name == "alias" and not arguments(words.items)[1:]:
            raise Lost("alias, which changes how the text behind it is read")
        if word == "coproc" and count == 1:
            raise Lost("coproc, which only some shells know")
        opener = words.items[0] if words.items else ""
        if (count == 2 and opener == "function") or (count == 3 and opener in ("for", "select") and word == "do"):
            words.restart()

    def end_command(self, words: Words, cases: list[bool]) -> None:
        """End the simple command."""
        self.end_word(words, cases)
        if words.inputs and (reason := reads_code(words.items)):
            self.refuse_all(words.inputs, reason)
        if not words.own_input and (reason := inherits_code(words.items)):
            self.overall.append((reason, words.command_slots))
        if reason := everywhere(words.items):
            self.overall.append((reason, []))
        self.has_arrays = self.has_arrays or makes_array(words.items)
        if self.double_brackets:
            if not _ARITHMETIC_TEST.isdisjoint(words.items):
                self.refuse_all(words.command_slots, _TEST)
            self.double_brackets = "]]" not in words.items
        words.restart()

    def newline(self, words: Words, cases: list[bool]) -> None:
        """End a line, and read the here-documents that waited for it."""
        if self.outer_pending:
            raise Lost("a line that ends in a substitution while a here-document waits")
        self.end_word(words, cases)
        if words.items[:1] != ["case"]:
            self.end_command(words, cases)
        self.position += 1
        pending, self.pending = self.pending, []
        for document in pending:
            self.here_document(document)

    def parenthesis(self, words: Words, cases: list[bool]) -> None:
        """Read a subshell, an array, the parentheses of a function, or one before a pattern."""
        current = words.current
        if cases and cases[-1] and not words.inside and not words.items:
            self.position += 1
            if _ESAC.match(self.text, self.position, self.end):
                raise Lost("(esac as a pattern")
        elif words.inside and self.peek(2) == "()" and not words.items:
            self.has_arrays = self.has_arrays or _ARRAY.fullmatch(current) is not None
            self.end_command(words, cases)
            self.position += 2
        elif words.inside and _ARRAY.fullmatch(current):
            self.position += 1
            first = len(self.places)
            self.array()
            self.has_arrays = True
            if reason := array_argument(words.items):
                self.refuse_all(list(range(first, len(self.places))), reason)
            words.add(EXPANSION)
        elif words.inside or self.double_brackets:
            raise Lost("a parenthesis inside a word or inside [[ … ]]")
        elif self.peek(2) == "((":
            plain_only, self.plain_only = self.plain_only, True
            self.position += 1
            with self.refusing(_CALCULATION), self.deeper():
                self.commands(")")
            self.plain_only = plain_only
            words.restart()
        else:
            self.position += 1
            with self.deeper():
                self.commands(")")
            words.restart()

    def array(self) -> None:
        """Read the words of an array; a word in brackets among them is an index, and refused with its value."""
        start = len(self.places)
        opening = self.position
        in_array, self.in_array = self.in_array, True
        with self.deeper():
            self.commands(")")
        self.in_array = in_array
        if "[" in self.text[opening : self.position]:
            self.refuse_all(list(range(start, len(self.places))), _SUBSCRIPT)
