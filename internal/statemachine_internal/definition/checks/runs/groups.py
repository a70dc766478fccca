"""Machines that have to do with each other: each group is searched by itself."""

from __future__ import annotations

from collections.abc import Sequence

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.sends import Send, may_take, sends
from statemachine_internal.definition.model import OnUnhandled


def groups(files: Sequence[Given]) -> list[list[Given]]:
    """The files in groups, in their order. Where a placeholder names the target, nothing is known of it."""
    group_of = {id(given): [given] for given in files}
    for sender in files:
        for other in files:
            mine, theirs = group_of[id(sender)], group_of[id(other)]
            if mine is not theirs and _touches(sender, other):
                mine += theirs
                group_of.update((id(given), mine) for given in theirs)
    unique = {id(group): group for group in group_of.values()}
    order = {id(given): number for number, given in enumerate(files)}
    return [sorted(group, key=lambda given: order[id(given)]) for group in unique.values()]


def _touches(sender: Given, other: Given) -> bool:
    if any(_matters(send, sender, other) for send in sends(sender)):
        return True
    asked = (spec for spec, _ in sender.lists() if spec.type == "check_machine_state")
    return any(spec.config.get("target_machine") == other.name for spec in asked)


def _matters(send: Send, sender: Given, other: Given) -> bool:
    """What goes to all of them, or to a pattern, ties only those together that may take it."""
    if send.target is None or not send.reaches(sender, other):
        return False
    if send.to_one or send.event is None or may_take(other, send.event):
        return True
    return any(other.definition.unhandled(state) is OnUnhandled.ERROR for state in other.definition.states)
