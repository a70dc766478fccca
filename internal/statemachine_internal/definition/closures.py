"""What a ``when`` is compiled into: functions of context and event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from statemachine_internal.definition.comparing import MISSING, look_up, truth

Evaluate = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]


def path(name: str) -> Evaluate:
    """Where ``name`` looks: ``event`` and ``event_data`` at the event in hand, anything else at the context."""
    head, *rest = name.split(".")
    tail = tuple(rest)
    if head == "event":
        return lambda _context, event: look_up(event, tail)
    whole = (head, *tail)
    if head == "event_data":
        # Between events the context still holds the last one.
        return lambda context, event: look_up(event, tail) if event else look_up(context, whole)
    return lambda context, _event: look_up(context, whole)


def named(name: str) -> Evaluate:
    find = path(name)

    def value(context: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
        found = find(context, event)
        return None if found is MISSING else found

    return value


def either_of(left: Evaluate, right: Evaluate) -> Evaluate:
    def either(context: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
        value = left(context, event)
        return value if truth(value) else right(context, event)

    return either


def both_of(left: Evaluate, right: Evaluate) -> Evaluate:
    def both(context: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
        value = left(context, event)
        return right(context, event) if truth(value) else value

    return both


def comparison_of(first: Evaluate, rest: list[tuple[Callable[[Any, Any], bool], Evaluate]]) -> Evaluate:
    def compare(context: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
        left = first(context, event)
        for operator, operand in rest:
            right = operand(context, event)
            if not operator(left, right):
                return False
            left = right
        return True

    return compare
