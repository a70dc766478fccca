"""Redirections, the bodies of here-documents that follow on the next line, and refusals that the whole text decides."""

import re
from abc import abstractmethod

from .heredoc import DELIMITER, Edit, HereDocument, find_end, read_operator, unquote
from .place import IN_DOUBLE_QUOTES, Lost
from .quoting import Quoting
from .reparse import reads_code
from .word import EXPANSION
from .words import Words

_REDIRECTION = re.compile(r"<<<|<<-|<<|<&|>&|<>|>>|>\||&>>|&>|<|>")


class Redirections(Quoting):
    """Reads ``<``, ``>`` and their kin."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.edits: list[Edit] = []
        self.pending: list[HereDocument] = []
        """Here-documents whose bodies begin with the next line."""
        self.outer_pending = False
        """Whether a command around this one waits for its here-document, which shells disagree about."""
        self.plain_only = False
        """Whether dash reads commands here and bash a calculation, or a backquote ends everything."""

        self.has_arrays = False
        self.declared: list[tuple[int, str]] = []
        """Placeholders that are refused if there are arrays, and why."""
        self.overall: list[tuple[str, list[int]]] = []
        """Reasons to refuse all placeholders, and the placeholders that they are not about."""

    def finish(self) -> None:
        """Refuse what only the whole text tells."""
        for index, reason in self.declared if self.has_arrays else ():
            self.refuse(index, reason)
        for reason, spared in self.overall:
            self.refuse_all([index for index in range(len(self.places)) if index not in spared], reason)

    @abstractmethod
    def end_word(self, words: Words, cases: list[bool]) -> None:
        """End the word, if there is one, and look at what it means for the command."""

    def quoted_newline(self) -> None:
        if self.pending or self.outer_pending:
            raise Lost("a line that ends in a word while a here-document waits")

    def refuse_all(self, slots: list[int], reason: str) -> None:
        for index in slots:
            self.refuse(index, reason)

    def here_document(self, document: HereDocument) -> None:
        """Read the body of a here-document."""
        start = self.position
        stop, behind = find_end(document, self.text, start, self.end)
        first = len(self.places)
        if document.quoted:
            count = self.text.count("\0", start, stop)
            if count:
                reason = self.refusal or (None if document.rewritable else DELIMITER)
                self.places += [IN_DOUBLE_QUOTES._replace(refusal=reason)] * count
                if document.rewritable:
                    self.edits += unquote(document, self.text, start, stop)
        else:
            outer, self.end = self.end, stop
            self.body()
            self.end = outer
        if reason := reads_code(document.words):
            self.refuse_all(list(range(first, len(self.places))), reason)
        self.position = behind

    def redirection(self, words: Words, cases: list[bool]) -> None:
        """Read the operator of a redirection; its target is the next word."""
        standard = not words.current.isdecimal() or words.current == "0"
        if not standard or words.current == "0":
            words.drop()
        self.end_word(words, cases)
        match = _REDIRECTION.match(self.text, self.position, self.end)
        if match is None:
            raise Lost("a redirection")
        operator = match.group()
        self.position = match.end()
        words.own_input = words.own_input or (standard and operator in ("<", "<<", "<<-", "<<<"))
        if operator in ("<", ">") and self.peek() == "(":
            self.position += 1
            first = len(self.places)
            self.enclosed(")")
            words.add_expansion(EXPANSION, range(first, len(self.places)), quoted=True, fed=True)
        elif operator in ("<<", "<<-"):
            if self.plain_only:
                raise Lost("a here-document between backquotes or double parentheses")
            document = read_operator(self.text, self.position, self.end, tabs=operator == "<<-", words=words.items)
            self.pending.append(document)
            self.position = document.stop
        else:
            words.redirection = operator
