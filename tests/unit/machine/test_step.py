"""One trigger in, one step out: the cases that the words name."""

from __future__ import annotations

from typing import Any

import pytest

from statemachine_internal.definition import MachineDefinition, parse
from statemachine_internal.machine import (
    Outcome,
    Snapshot,
    Step,
    Trigger,
    TriggerKind,
    find_transition,
    first_snapshot,
    step,
)


def machine(text: str) -> MachineDefinition:
    definition = parse(text, "m.yaml").definition
    assert definition is not None
    return definition


def event(name: str, **payload: Any) -> Trigger:
    return Trigger(kind=TriggerKind.EVENT, name=name, event={"type": name, "payload": payload})


def at(definition: MachineDefinition, state: str = "", **fields: Any) -> Snapshot:
    snapshot = first_snapshot(definition, "m")
    return Snapshot(machine="m", state=state or snapshot.state, entry=5, **fields)


def target(taken: Step) -> str | None:
    assert taken.transition is not None
    return taken.transition.target


@pytest.mark.req("A2")
def test_the_states_own_transition_wins_over_a_wildcard_that_stands_before_it() -> None:
    definition = machine("""
initial_state: a
transitions:
  - {from: "*", to: wild, event: e}
  - {from: [b, a], to: own, event: e}
  - {from: a, to: second, event: e}
""")
    assert target(step(definition, at(definition), event("e"))) == "own"
    assert target(step(definition, at(definition, "own"), event("e"))) == "wild"


@pytest.mark.req("A2")
def test_a_guard_that_fails_leaves_the_event_to_the_next_and_at_last_to_the_wildcard() -> None:
    definition = machine("""
initial_state: a
transitions:
  - {from: a, to: one, event: e, when: "event.payload.n == 1"}
  - {from: a, to: two, event: e, when: "event.payload.n == 2"}
  - {from: "*", to: wild, event: e, when: "event.payload.n == 3"}
""")
    taken = [step(definition, at(definition), event("e", n=n)) for n in (1, 2, 3, 4)]
    assert [s.snapshot.state for s in taken] == ["one", "two", "wild", "a"]
    assert taken[3].outcome is Outcome.IGNORED


@pytest.mark.req("A5")
def test_an_event_is_mapped_into_the_context_before_the_guards_are_asked() -> None:
    definition = machine("""
initial_state: a
events: {e: {context_map: {amount: payload.order.total, missing: payload.nothing, who: source}}}
transitions: [{from: a, to: b, event: e, when: "amount > 5 and event_data.type == 'e'"}]
""")
    trigger = event("e", order={"total": 6})
    taken = step(definition, at(definition, context={"kept": 1}), trigger)
    assert taken.snapshot.context == {"kept": 1, "amount": 6, "event_data": trigger.event}


@pytest.mark.req("A5")
@pytest.mark.parametrize("kind", [TriggerKind.EMITTED, TriggerKind.TIMER, TriggerKind.START])
def test_a_trigger_from_inside_leaves_event_data_as_it_was(kind: TriggerKind) -> None:
    definition = machine("""
initial_state: a
events: {e: {context_map: {type: type}}}
transitions: [{from: a, to: b, event: e}]
""")
    context = {"event_data": {"type": "before"}}
    taken = step(definition, at(definition, context=context), Trigger(kind=kind, name="e"))
    assert taken.snapshot.context == context
    assert taken.snapshot.state == "b"


@pytest.mark.req("E4")
def test_an_event_that_is_not_taken_changes_nothing_not_even_the_context() -> None:
    definition = machine("""
initial_state: a
states: {a: {on_unhandled: defer}, b: {on_unhandled: error}, c: {}}
events: {e: {context_map: {k: payload.k}}}
transitions: [{from: a, to: b, event: x}]
""")
    outcomes = {}
    for state in "abc":
        before = at(definition, state)
        taken = step(definition, before, event("e", k=1))
        assert taken.snapshot is before
        assert (taken.timers, taken.transition, taken.changed_state) == (None, None, False)
        outcomes[state] = taken.outcome
    assert outcomes == {"a": Outcome.DEFERRED, "b": Outcome.FAILED, "c": Outcome.IGNORED}


@pytest.mark.req("E4")
@pytest.mark.parametrize("kind", [TriggerKind.EMITTED, TriggerKind.TIMER])
def test_on_unhandled_is_for_events_of_the_inbox_alone(kind: TriggerKind) -> None:
    definition = machine("{initial_state: a, on_unhandled: error, transitions: []}")
    assert step(definition, at(definition), Trigger(kind=kind, name="x")).outcome is Outcome.IGNORED


@pytest.mark.req("P6")
def test_an_internal_transition_goes_on_counting_where_the_list_ended() -> None:
    definition = machine("""
initial_state: a
transitions: [{from: a, event: e, actions: [{type: log, message: x}, {type: log, message: y}]}]
actions: {a: [{type: log, message: one}, {type: log, message: two}, {type: log, message: three}]}
""")
    first = step(definition, at(definition, list_end=3, cursor=1, attempts=2, failures=1), event("e"))
    after = first.snapshot
    assert (after.entry, after.list_start, after.cursor, after.list_end) == (5, 3, 3, 5)
    assert (after.attempts, after.failures, after.action_key) == (0, 0, "m:5:3")
    assert (first.timers, first.changed_state) == (None, False)
    again = step(definition, after, event("e")).snapshot
    assert (again.list_start, again.list_end) == (5, 7)


@pytest.mark.req("A6")
def test_an_entry_starts_the_timers_of_its_state_and_of_any_state() -> None:
    definition = machine("""
initial_state: a
transitions:
  - {from: a, to: b, event: go}
  - {from: b, to: a, event: timeout(0.5)}
  - {from: b, to: b, event: timeout(0.5), when: "k"}
  - {from: "*", to: a, event: timeout(90)}
""")
    assert step(definition, at(definition), event("go")).timers == (("timeout(0.5)", 0.5), ("timeout(90)", 90.0))
    assert step(definition, at(definition, "b"), Trigger(kind=TriggerKind.TIMER, name="timeout(90)")).timers == (
        ("timeout(90)", 90.0),
    )


@pytest.mark.req("B4")
def test_a_start_that_nothing_takes_leaves_the_entry_list_ahead_and_starts_the_timers() -> None:
    definition = machine("""
initial_state: a
transitions: [{from: a, to: b, event: timeout(7)}]
actions: {a: [{type: log, message: one}]}
""")
    first = first_snapshot(definition, "m", entry=3, context={"k": 1})
    taken = step(definition, first, Trigger(kind=TriggerKind.START, name="start"))
    assert taken.snapshot is first
    assert (first.entry, first.cursor, first.list_end, first.context) == (4, 0, 1, {"k": 1})
    assert taken.timers == (("timeout(7)", 7.0),)


@pytest.mark.req("A2")
def test_finding_a_transition_asks_the_same_guards_and_changes_nothing() -> None:
    definition = machine("""
initial_state: a
events: {e: {context_map: {k: payload.k}}}
transitions: [{from: a, to: b, event: e, when: "k == 1"}]
""")
    snapshot = at(definition)
    assert find_transition(definition, snapshot, event("e", k=2)) is None
    found = find_transition(definition, snapshot, event("e", k=1))
    assert found is not None
    assert found.target == "b"
    assert snapshot.context == {}
