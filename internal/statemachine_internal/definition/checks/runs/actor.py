"""One of the machines of a search: its definition, and what is looked up of it again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from statemachine_internal.definition.checks.events_used import ENGINE_EVENTS
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.runs.outcomes import Chance, Result, results
from statemachine_internal.definition.checks.sends import Send, others_may_send, send_of, sent_to
from statemachine_internal.definition.expression import names_in
from statemachine_internal.definition.model import STOP_EVENT, ActionSpec, MachineDefinition, Transition

Choices = tuple[tuple[Transition | None, Chance], ...]


@dataclass(kw_only=True)
class Actor:
    """A machine among others. ``outside`` are the events that come from where nothing is known of."""

    given: Given
    outside: frozenset[str]
    sent: frozenset[str]
    child: bool = False  # another machine starts it, when that is
    watched: bool = False  # another machine asks where it stands
    _results: dict[int, tuple[Result, ...]] = field(default_factory=dict)
    _sends: dict[int, Send | None] = field(default_factory=dict)
    _choices: dict[tuple[str, str, bool], Choices] = field(default_factory=dict)

    @property
    def definition(self) -> MachineDefinition:
        return self.given.definition

    def results(self, spec: ActionSpec) -> tuple[Result, ...]:
        """All ends of an action."""
        found = self._results.get(id(spec))
        if found is None:
            found = self._results[id(spec)] = results(self.given, spec)
        return found

    def send(self, spec: ActionSpec) -> Send | None:
        """What an action sends."""
        if id(spec) not in self._sends:
            self._sends[id(spec)] = send_of(self.given, spec)
        return self._sends[id(spec)]

    def choices(self, state: str, event: str, *, from_outside: bool = False) -> Choices:
        """What may take an event in a state, None where nothing may.

        A condition may hold or not. Whoever sends an event from outside can make one hold that asks for nothing else.
        """
        key = (state, event, from_outside)
        found = self._choices.get(key)
        if found is None:
            found = self._choices[key] = tuple(self._choose(state, event, from_outside))
        return found

    def _choose(self, state: str, event: str, from_outside: bool) -> list[tuple[Transition | None, Chance]]:
        found: list[tuple[Transition | None, Chance]] = []
        chance = Chance.SURE
        for transition in self.definition.candidates(state, event):
            if transition.when is None:
                return [*found, (transition, chance)]
            free = from_outside and all(name.startswith("event.") for name in names_in(transition.when.text))
            chance = max(chance, Chance.SURE if free else Chance.OPEN)
            found.append((transition, chance))
        return [*found, (None, chance)]


def actors(group: Sequence[Given], files: Sequence[Given]) -> list[Actor]:
    """The machines of a group; ``files`` are all that were given."""
    blind = others_may_send(files)
    children = {str(spec.config.get("machine_name") or spec.config.get("machine")) for spec in _starts(files)}
    seen = {str(spec.config.get("target_machine")) for g in files for spec, _ in g.lists() if _looks(spec)}
    made: list[Actor] = []
    for given in group:
        sent, any_event = sent_to(given, files, surely=True)
        events = {t.event for t in given.definition.transitions if t.timeout is None}
        known = _only_emitted(given) | (ENGINE_EVENTS - {STOP_EVENT})
        if not (blind or any_event):
            known |= sent
        outside = frozenset(events - known) | (events & {"job_cancelled"})
        child = given.name in children or any("{" in name for name in children)
        watched = given.name in seen or any("{" in name for name in seen)
        made.append(Actor(given=given, outside=outside, sent=sent, child=child, watched=watched))
    return made


def _starts(files: Sequence[Given]) -> list[ActionSpec]:
    return [spec for given in files for spec, _ in given.lists() if spec.type == "start_fsm"]


def _looks(spec: ActionSpec) -> bool:
    return spec.type == "check_machine_state"


def _only_emitted(given: Given) -> frozenset[str]:
    """The events that each state which takes them emits itself: those needn't come from outside."""
    definition = given.definition
    elsewhere = {
        event
        for state in definition.states
        for event in definition.events_taken(state)
        if event not in given.emitted(state)
    }
    return frozenset(event for state in definition.states for event in given.emitted(state) if event not in elsewhere)
