"""A file that is checked, with all that the checks ask of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from statemachine_internal.definition.catalog import MULTI_STEP, built_in
from statemachine_internal.definition.checks.emissions import emissions
from statemachine_internal.definition.checks.places import Places
from statemachine_internal.definition.checks.reach import reachable
from statemachine_internal.definition.diagnostics import Report
from statemachine_internal.definition.model import ActionSpec, MachineDefinition, Transition


@dataclass(kw_only=True)
class Given:
    """One definition among those that are checked together.

    ``customs`` are the types of custom actions that stand in its folder of actions; None where no folder is known, so
    that any type may be one.
    """

    definition: MachineDefinition
    places: Places
    customs: frozenset[str] | None
    report: Report
    flagged: set[str] = field(default_factory=set)  # states of which something was said already

    @property
    def name(self) -> str:
        """The machine's name, as ``statemachine`` would find it without ``--machine-name``."""
        return self.definition.machine_name or os.path.splitext(os.path.basename(self.definition.file))[0]

    @cached_property
    def reached(self) -> frozenset[str]:
        """The states that some path of transitions leads to."""
        return reachable(self.definition)

    def is_custom(self, spec: ActionSpec) -> bool:
        """Whether a class of the user's does it, of which nothing is known."""
        if self.customs is not None and spec.type in self.customs:
            return True
        return built_in(spec.type) is None and spec.type != MULTI_STEP

    @cached_property
    def custom(self) -> bool:
        """Whether any action is a custom one."""
        return any(self.is_custom(spec) for spec, _ in self.lists())

    def emitted(self, state: str) -> frozenset[str]:
        """The events that built-in actions which run in ``state`` may emit."""
        return self._emitted.get(state, frozenset())

    @cached_property
    def _emitted(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for spec, runs_in in self.lists():
            events = () if self.is_custom(spec) else [emission.event for emission in emissions(spec)]
            for state in runs_in:
                found.setdefault(state, set()).update(events)
        return {state: frozenset(events) for state, events in found.items()}

    def lists(self) -> Iterator[tuple[ActionSpec, tuple[str, ...]]]:
        """Every action, with the states in which it may run."""
        definition = self.definition
        for state in definition.states.values():
            for spec in state.actions:
                yield spec, (state.name,)
        for transition in definition.transitions:
            for spec in transition.actions:
                yield spec, self.runs_in(transition)

    def runs_in(self, transition: Transition) -> tuple[str, ...]:
        """The states in which the actions of a transition run: the one that it leads to, or those that it stays in."""
        if transition.target is not None:
            return (transition.target,)
        return tuple(self.definition.states) if transition.wildcard else transition.sources
