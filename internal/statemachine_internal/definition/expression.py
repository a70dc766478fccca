"""The grammar of ``when``, read by recursive descent into closures. Nothing is ever handed to Python's ``eval``.

::

    either     = both ("or" both)*
    both       = negation ("and" negation)*
    negation   = "not" negation | comparison
    comparison = operand (("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in") operand)*
    operand    = literal | "[" literals "]" | "(" either ")" | "exists" "(" name ")" | name
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from statemachine_internal.definition.closures import Evaluate, both_of, comparison_of, either_of, named, path
from statemachine_internal.definition.comparing import MISSING, OPERATORS, truth
from statemachine_internal.definition.tokens import ConditionError, Token, split

MAX_LENGTH = 1000
MAX_NODES = 100
MAX_DEPTH = 20

_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_KEYWORDS = frozenset({"and", "or", "not", "in"})
_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t"}
_OPERAND = "write a name, a text in quotes, a number, true, false or null"


def compile_expression(text: str) -> Evaluate:
    """A function of context and event that gives the value of ``text``.

    Raises:
        ConditionError: ``text`` is no expression, or it is beyond the bounds.
    """
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"it has more than {MAX_LENGTH} characters", MAX_LENGTH, "set a context value before")
    return _Parser(split(text)).whole()


def names_in(text: str, *, tested: bool = False) -> list[str]:
    """The names that an expression asks for the values of, each once; ``tested``: those inside of ``exists()`` too."""
    tokens = split(text)
    asked = [
        token.text
        for at, token in enumerate(tokens)
        if token.kind == "name" and token.text not in _WORDS and token.text not in _KEYWORDS
        if not (token.text == "exists" and tokens[at + 1].text == "(")
        if tested or not (at > 1 and tokens[at - 1].text == "(" and tokens[at - 2].text == "exists")
    ]
    return list(dict.fromkeys(asked))


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._nodes = 0
        self._depth = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _fail(self, message: str, hint: str) -> ConditionError:
        return ConditionError(message, self._token.offset, hint)

    def _takes(self, *texts: str) -> bool:
        """Goes past ``texts`` if they come next."""
        coming = self._tokens[self._at : self._at + len(texts)]
        if tuple(t.text for t in coming) != texts or any(t.kind == "string" for t in coming):
            return False
        self._at += len(texts)
        return True

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._fail(f"it has more than {MAX_NODES} parts", "set a context value before")

    def _deeper(self, by: int) -> None:
        self._depth += by
        if self._depth > MAX_DEPTH:
            raise self._fail(f"it nests deeper than {MAX_DEPTH}", "write it flatter")

    def whole(self) -> Evaluate:
        result = self._either()
        if self._token.kind != "end":
            raise self._fail(f"{self._token.text!r} is not expected here", "join two conditions with 'and' or 'or'")
        return result

    def _either(self) -> Evaluate:
        left = self._both()
        while self._takes("or"):
            self._count()
            left = either_of(left, self._both())
        return left

    def _both(self) -> Evaluate:
        left = self._negation()
        while self._takes("and"):
            self._count()
            left = both_of(left, self._negation())
        return left

    def _negation(self) -> Evaluate:
        if not self._takes("not"):
            return self._comparison()
        self._count()
        self._deeper(1)
        inner = self._negation()
        self._deeper(-1)
        return lambda context, event: not truth(inner(context, event))

    def _comparison(self) -> Evaluate:
        first = self._operand()
        rest: list[tuple[Callable[[Any, Any], bool], Evaluate]] = []
        while operator := self._operator():
            self._count()
            rest.append((OPERATORS[operator], self._operand()))
        return comparison_of(first, rest) if rest else first

    def _operator(self) -> str:
        if self._takes("not", "in"):
            return "not in"
        token = self._token
        return token.text if token.text in OPERATORS and self._takes(token.text) else ""

    def _operand(self) -> Evaluate:
        self._count()
        token = self._token
        if self._takes("("):
            self._deeper(1)
            inner = self._either()
            self._deeper(-1)
            self._close(")", token)
            return inner
        if self._takes("["):
            members = self._members(token)
            return lambda _context, _event: members
        if token.text == "exists" and self._tokens[self._at + 1].text == "(":
            return self._exists()
        if token.kind == "name" and token.text not in _WORDS and token.text not in _KEYWORDS:
            self._at += 1
            return named(token.text)
        value = self._literal()
        return lambda _context, _event: value

    def _close(self, sign: str, opened: Token) -> None:
        if not self._takes(sign):
            if self._token.kind == "end":
                raise ConditionError(f"{opened.text!r} is never closed", opened.offset, f"close it with {sign}")
            raise self._fail(f"{self._token.text!r} is not expected here", f"close {opened.text!r} with {sign!r}")

    def _members(self, opened: Token) -> list[Any]:
        members: list[Any] = []
        while self._token.text != "]" or self._token.kind == "string":
            self._count()
            members.append(self._literal())
            if not self._takes(","):
                break
        self._close("]", opened)
        return members

    def _exists(self) -> Evaluate:
        self._takes("exists")
        opened = self._token
        self._takes("(")
        if self._token.kind != "name":
            raise self._fail("exists() asks for a name", "write exists(name)")
        find = path(self._token.text)
        self._at += 1
        self._close(")", opened)
        return lambda context, event: find(context, event) is not MISSING

    def _literal(self) -> Any:
        token = self._token
        minus = self._takes("-")
        number = self._token
        if number.kind == "number":
            self._at += 1
            value = int(number.text) if number.text.isdecimal() else float(number.text)
            return -value if minus else value
        if not minus and token.kind == "string":
            self._at += 1
            return _unquote(token)
        if not minus and token.text in _WORDS:
            self._at += 1
            return _WORDS[token.text]
        if token.kind == "end":
            raise self._fail("the expression ends too early", _OPERAND)
        hint = f"put it in quotes: '{token.text}'" if token.kind == "name" and token.text not in _KEYWORDS else _OPERAND
        raise ConditionError(f"{token.text!r} is no value", token.offset, hint)


def _unquote(token: Token) -> str:
    def escape(match: re.Match[str]) -> str:
        char = match.group(1)
        if char not in _ESCAPES:
            raise ConditionError(
                f"\\{char} is no escape", token.offset + 1 + match.start(), "write \\\\ for a backslash"
            )
        return _ESCAPES[char]

    return re.sub(r"\\(.)", escape, token.text[1:-1], flags=re.DOTALL)
