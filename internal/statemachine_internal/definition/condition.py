"""``when``: a small expression over context and event, read once at load and quick to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from statemachine_internal.definition.closures import Evaluate
from statemachine_internal.definition.comparing import truth
from statemachine_internal.definition.diagnostics import Place, Report, quoted
from statemachine_internal.definition.expression import compile_expression
from statemachine_internal.definition.fields import text_of
from statemachine_internal.definition.nodes import Node, Scalar
from statemachine_internal.definition.tokens import ConditionError

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Expression:
    """A ``when`` that was understood; two of the same text are equal."""

    text: str
    _evaluate: Evaluate = field(repr=False, compare=False)

    def holds(self, context: Mapping[str, Any], event: Mapping[str, Any] = _NOTHING) -> bool:
        """Whether it is true. A missing name is null; what can't be compared is false; nothing raises."""
        return truth(self._evaluate(context, event))


def parse_condition(text: str) -> Expression:
    """The expression that ``text`` means.

    Raises:
        ConditionError: it means none; ``offset`` says where.
    """
    return Expression(text, compile_expression(text))


def condition_of(node: Node, report: Report) -> Expression | None:
    """The ``when`` at ``node``, or None and a complaint at the very column."""
    text = text_of(node, "'when'", report)
    if text is None or not isinstance(node, Scalar):
        return None
    try:
        return parse_condition(text)
    except ConditionError as problem:
        place = _place(node, problem.offset)
        report.error(place, "bad-when", f"in when: {quoted(text)}: {problem.message}", text=text, hint=problem.hint)
        return None


def _place(node: Scalar, offset: int) -> Place:
    """Where character ``offset`` of a one-line scalar stands in the file; the start of others."""
    if node.style in ("|", ">") or "\n" in node.text:
        return Place(node.line, node.column)
    quote = 1 if node.style else 0
    before = node.text[:offset]
    escapes = before.count("'") if node.style == "'" else before.count('"') + before.count("\\") if node.style else 0
    return Place(node.line, node.column + quote + offset + escapes)
