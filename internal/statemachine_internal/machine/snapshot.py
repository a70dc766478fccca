"""Where a machine stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from statemachine_internal.definition.model import MachineDefinition


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A machine between two actions.

    ``entry`` numbers the entries into states and never goes back, so (machine, entry, cursor) names one action for
    ever. The pending action list is the program of the transition ``via``; its actions carry the indexes
    ``list_start`` to ``list_end`` (exclusive), and ``cursor`` is the next one. An internal transition goes on
    counting where the entry's own list ended. ``attempts`` counts the starts of the action at the cursor that are
    not known to have ended, ``failures`` the retries that it has used. ``known_as`` is the index that this action had
    before an internal transition moved its list.
    """

    machine: str
    state: str
    entry: int
    via: str = ""
    list_start: int = 0
    cursor: int = 0
    list_end: int = 0
    attempts: int = 0
    failures: int = 0
    known_as: int | None = None
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def list_done(self) -> bool:
        """Whether no action is left in the list."""
        return self.cursor >= self.list_end

    @property
    def action_key(self) -> str:
        """The name that all attempts of the action at the cursor share (rule P6)."""
        return f"{self.machine}:{self.entry}:{self.cursor if self.known_as is None else self.known_as}"


def first_snapshot(
    definition: MachineDefinition, machine: str, *, entry: int = 0, context: Mapping[str, Any] | None = None
) -> Snapshot:
    """A fresh run: in the initial state, with the whole entry list ahead.

    ``entry`` is the number of the last entry so far.
    """
    actions = definition.program(definition.initial_state, "")
    return Snapshot(
        machine=machine,
        state=definition.initial_state,
        entry=entry + 1,
        list_end=len(actions),
        context=dict(context or {}),
    )


def advance(snapshot: Snapshot, *, context: Mapping[str, Any] | None = None, count: int = 1) -> Snapshot:
    """The action at the cursor is done (and ``count - 1`` more are passed over)."""
    return replace(
        snapshot,
        cursor=min(snapshot.cursor + count, snapshot.list_end),
        attempts=0,
        failures=0,
        known_as=None,
        context=snapshot.context if context is None else context,
    )


def resumed(definition: MachineDefinition, snapshot: Snapshot) -> Snapshot:
    """The stored place, fitted to a definition that may have changed since; the cursor never goes back.

    A list that is shorter now ends earlier. Of a transition that is gone, only the entry list of its state is left: the
    two lists are aligned at their ends, so that entry actions that were done are not done again.
    """
    if snapshot.list_done:
        return snapshot
    start, end = snapshot.list_start, snapshot.list_end
    if snapshot.via and definition.transition(snapshot.via) is None:
        was_internal = "|#" in snapshot.via
        length = 0 if was_internal else len(definition.program(snapshot.state, ""))
        start = max(0, end - length)
        cursor = max(start, snapshot.cursor)
        return replace(
            snapshot,
            via="",
            list_start=start,
            cursor=cursor,
            list_end=max(end, start + length),
            known_as=snapshot.known_as if cursor == snapshot.cursor else None,
        )
    end = start + len(definition.program(snapshot.state, snapshot.via))
    return replace(snapshot, list_end=max(end, snapshot.cursor))
