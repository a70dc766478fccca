"""Machines that have to do with each other: each group is searched by itself."""

from __future__ import annotations

from collections.abc import Sequence

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.sends import sends


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
    if any(send.target is not None and send.reaches(sender, other) for send in sends(sender)):
        return True
    asked = (spec for spec, _ in sender.lists() if spec.type == "check_machine_state")
    return any(spec.config.get("target_machine") == other.name for spec in asked)
