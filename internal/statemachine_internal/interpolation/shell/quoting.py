"""Quotes and expansions: everything that nests inside a word."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from .place import IN_DOUBLE_QUOTES, IN_SINGLE_QUOTES, Lost, Place
from .word import EXPANSION
from .words import Words

_PLAIN_IN_DOUBLE = re.compile(r'[^"\\$`\0]+')
_PLAIN_IN_BODY = re.compile(r"[^\\$`\0]+")
_PLAIN_IN_BRACES = re.compile(r"[^}'\"\\$`\0]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_DEPTH = 40

_BACKSLASH = "the backslash before it would change its meaning; write \\\\ for a backslash, or {{x}} for literal braces"
_ARITHMETIC = "a shell may run what it calculates with; put it into a variable and check that it is a number first"
_BRACES = "it stands inside ${…}; put it into a variable first: value={x}"
_ANSI = "$'…' means different things to different shells; use \"…\""
_BACKQUOTES = "it stands between backquotes with a backslash; use $(…)"


class Quoting(ABC):
    """A position in a command, and the readers of what is quoted or expanded there.

    A reader begins behind the opening character and leaves the position behind the closing one.

    Raises:
        Lost: from every reader, if it can't be said how the shell reads on.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.end = len(text)
        self.places: list[Place] = []
        self.refusal: str | None = None
        """Why nothing may stand in the construct that is being read."""
        self.depth = 0

    @abstractmethod
    def commands(self, closer: str | None) -> None:
        """Read commands up to the closing character, or to the end if it is None."""

    @abstractmethod
    def enclosed(self, closer: str | None) -> None:
        """Read the commands of a substitution, which has its own here-documents."""

    @abstractmethod
    def quoted_newline(self) -> None:
        """Note that a line ends inside a word."""

    def slot(self, place: Place, words: Words | None = None) -> None:
        """Note the placeholder at the position."""
        self.position += 1
        if words is not None:
            words.add_slot(len(self.places))
        self.places.append(place._replace(refusal=self.refusal) if self.refusal else place)

    def refuse(self, index: int, reason: str) -> None:
        """Refuse a placeholder that was noted before; the first reason stands."""
        if self.places[index].refusal is None:
            self.places[index] = self.places[index]._replace(refusal=reason)

    @contextmanager
    def refusing(self, reason: str) -> Iterator[None]:
        """Refuse all placeholders inside, at any depth."""
        outer = self.refusal
        self.refusal = outer or reason
        yield
        self.refusal = outer

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Count the nesting, so that a hostile template cannot exhaust the stack."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Lost(f"more than {_MAX_DEPTH} levels of nesting")
        yield
        self.depth -= 1

    def peek(self, length: int = 1) -> str:
        """The next characters, fewer at the end."""
        return self.text[self.position : min(self.position + length, self.end)]

    def plain(self, pattern: re.Pattern[str], words: Words | None) -> bool:
        """Read characters that mean themselves; tell whether there were any."""
        match = pattern.match(self.text, self.position, self.end)
        if match is None:
            return False
        if "\n" in match.group():
            self.quoted_newline()
        if words is not None:
            words.add(match.group())
        self.position = match.end()
        return True

    def backslash(self, words: Words | None) -> None:
        """Read a backslash that takes the next character's meaning away."""
        self.position += 1
        following = self.peek()
        if following == "\0":
            with self.refusing(_BACKSLASH):
                self.slot(IN_DOUBLE_QUOTES, words)
        elif following == "\n":
            self.quoted_newline()
            self.position += 1
        else:
            if words is not None:
                words.add(following or "\\")
            self.position += len(following)

    def single(self, words: Words | None) -> None:
        """Read on to the closing single quote."""
        close = self.text.find("'", self.position, self.end)
        if close < 0:
            raise Lost("a single quote that is never closed")
        if words is not None:
            words.add("")
        while self.position < close:
            slot = self.text.find("\0", self.position, close)
            stop = close if slot < 0 else slot
            content = self.text[self.position : stop]
            if "\n" in content:
                self.quoted_newline()
            if words is not None and content:
                words.add(content)
            self.position = stop
            if slot >= 0:
                self.slot(IN_SINGLE_QUOTES, words)
        self.position = close + 1

    def double(self, words: Words | None) -> None:
        """Read on to the closing double quote."""
        if words is not None:
            words.add("")
        with self.deeper():
            while self.position < self.end:
                if self.peek() == '"':
                    self.position += 1
                    return
                self.in_double(_PLAIN_IN_DOUBLE, words)
        raise Lost("a double quote that is never closed")

    def body(self) -> None:
        """Read to the end of a here-document's body, in which a double quote means itself."""
        while self.position < self.end:
            self.in_double(_PLAIN_IN_BODY, None)

    def in_double(self, plain: re.Pattern[str], words: Words | None) -> None:
        """Read one piece of what double quotes allow."""
        if self.plain(plain, words):
            return
        character = self.peek()
        if character == "\0":
            self.slot(IN_DOUBLE_QUOTES, words)
        elif character == "\\":
            self.backslash(words)
        elif character == "$":
            self.dollar(words, quoted=True)
        else:
            self.backquotes(words, quoted=True)

    def dollar(self, words: Words | None, *, quoted: bool) -> None:
        """Read an expansion, from its dollar sign on."""
        self.position += 1
        following = self.peek()
        shown, first = EXPANSION, len(self.places)
        if self.peek(2) == "\\\n":
            raise Lost("a line that ends behind a dollar sign")
        if self.peek(2) == "((":
            self.position += 2
            self.arithmetic()
        elif following == "(":
            self.position += 1
            self.enclosed(")")
        elif following == "{":
            self.position += 1
            shown += self.braces(quoted=quoted)
        elif following == "[":
            raise Lost("$[, which only some shells calculate with")
        elif following == "'" and not quoted:
            self.position += 1
            self.ansi(words)
            return
        elif name := _NAME.match(self.text, self.position, self.end):
            self.position = name.end()
            shown += name.group()
        elif following and (following.isdigit() or following in "@*#?$!-"):
            self.position += 1
        if words is not None:
            # What comes out of a substitution in which a placeholder stands is data like the placeholder itself.
            words.add_expansion(shown, range(first, len(self.places)), quoted=quoted)

    def braces(self, *, quoted: bool) -> str:
        """Read ``${…}``; tell the name if it is no more than that."""
        if self.peek() in (" ", "\t", "\n", "|"):
            raise Lost("${ with a command in it")
        start = self.position
        with self.refusing(_BRACES), self.deeper():
            while self.position < self.end:
                character = self.peek()
                if character == "}":
                    self.position += 1
                    name = self.text[start : self.position - 1]
                    return name if _NAME.fullmatch(name) else ""
                if character in "'\"" and quoted:
                    raise Lost("a quote inside ${…} inside double quotes")
                if character in "'\"":
                    self.position += 1
                    (self.single if character == "'" else self.double)(None)
                elif character == "$":
                    self.dollar(None, quoted=quoted)
                else:
                    self.in_double(_PLAIN_IN_BRACES, None)
        raise Lost("${ that is never closed")

    def arithmetic(self) -> None:
        """Read ``$((…))``, which must not be a substitution that begins with a subshell."""
        open_parentheses = 2
        with self.refusing(_ARITHMETIC), self.deeper():
            while self.position < self.end:
                character = self.peek()
                if character == "$":
                    self.dollar(None, quoted=True)
                    continue
                if character == "`":
                    self.backquotes(None, quoted=True)
                    continue
                if character == "\0":
                    self.slot(IN_DOUBLE_QUOTES)
                    continue
                if character in "'\"\\":
                    raise Lost("a quote inside $((…))")
                if character == "\n":
                    self.quoted_newline()
                self.position += 1
                open_parentheses += {"(": 1, ")": -1}.get(character, 0)
                if open_parentheses == 1 and self.peek() != ")":
                    raise Lost("$(( that is no calculation; write $( (")
                if open_parentheses == 0:
                    return
        raise Lost("$(( that is never closed")

    def ansi(self, words: Words | None) -> None:
        """Read ``$'…'``: bash knows backslashes in it, and to dash it is a dollar sign and single quotes."""
        with self.refusing(_ANSI):
            start = self.position
            self.single(words)
        if re.search(r"\\c|(?<!\\)(?:\\\\)*\\$", self.text[start : self.position - 1]):
            raise Lost("\\' or \\c inside $'…'")

    def backquotes(self, words: Words | None, *, quoted: bool) -> None:
        """Read `` `…` ``, from its first backquote on."""
        start = self.position + 1
        close = start
        while close < self.end and self.text[close] != "`":
            close += 2 if self.text[close] == "\\" else 1
        if close >= self.end:
            raise Lost("a backquote that is never closed")
        first = len(self.places)
        self.position = start
        if "\\" in self.text[start:close]:
            with self.refusing(_BACKQUOTES):
                for _ in range(self.text.count("\0", start, close)):
                    self.slot(IN_DOUBLE_QUOTES)
            if "\n" in self.text[start:close]:
                self.quoted_newline()
        else:
            outer, self.end = self.end, close
            self.enclosed(None)
            self.end = outer
        self.position = close + 1
        if words is not None:
            words.add_expansion(EXPANSION, range(first, len(self.places)), quoted=quoted)
