"""A stored place on a definition that has changed, whatever has changed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.machine import Snapshot, Trigger, TriggerKind, advance, first_snapshot, resumed, step
from support.definitions import EVENTS, STATES, read, specs

walks = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 4)), max_size=8)


def place(spec: dict[str, Any], walk: list[tuple[str, int]]) -> Snapshot:
    """Where a walk ends: each event, and some of the actions that follow it."""
    definition = read(spec)
    snapshot = first_snapshot(definition, "m")
    for name, done in walk:
        event = {"type": name, "payload": {}}
        snapshot = step(definition, snapshot, Trigger(kind=TriggerKind.EVENT, name=name, event=event)).snapshot
        snapshot = advance(snapshot, count=done) if done else snapshot
    return replace(snapshot, attempts=1, failures=2)


@pytest.mark.req("B6")
@given(old=specs, new=specs, walk=walks)
def test_the_place_on_a_changed_definition_is_sound_and_never_goes_back(
    old: dict[str, Any], new: dict[str, Any], walk: list[tuple[str, int]]
) -> None:
    stored = place(old, walk)
    definition = read(new)
    there = resumed(definition, stored)
    assert (there.state, there.entry, there.context) == (stored.state, stored.entry, stored.context)
    assert there.cursor >= stored.cursor
    assert 0 <= there.list_start <= there.cursor <= there.list_end
    if not there.list_done:
        program = definition.program(there.state, there.via)
        assert there.list_end - there.list_start == len(program)


@pytest.mark.req("B6")
@given(spec=specs, lists=st.lists(st.integers(0, 3), min_size=1), walk=walks)
def test_a_list_that_got_longer_or_shorter_ends_where_the_definition_says(
    spec: dict[str, Any], lists: list[int], walk: list[tuple[str, int]]
) -> None:
    stored = place(spec, walk)
    sizes = itertools.cycle(lists)
    log = {"type": "log", "message": "new"}
    changed = spec | {
        "transitions": [way | {"actions": [log] * next(sizes)} for way in spec["transitions"]],
        "actions": {state: [log] * next(sizes) for state in STATES},
    }
    definition = read(changed)
    there = resumed(definition, stored)
    length = len(definition.program(stored.state, stored.via))
    assert (there.cursor, there.list_start, there.via) == (stored.cursor, stored.list_start, stored.via)
    done = stored.cursor - stored.list_start
    assert there.list_end - there.cursor == (0 if stored.list_done else max(0, length - done))


@pytest.mark.req("B6")
@given(spec=specs, walk=walks)
def test_without_its_transition_the_rest_of_an_entry_list_is_still_done(
    spec: dict[str, Any], walk: list[tuple[str, int]]
) -> None:
    stored = place(spec, walk)
    transition = read(spec).transition(stored.via)
    if transition is None:
        return
    # Alone among its equals, so that no key shifts.
    transitions = [
        way for way in spec["transitions"] if (way["event"], way.get("to")) != (transition.event, transition.target)
    ]
    there = resumed(read(spec | {"transitions": transitions}), stored)
    entry = [] if transition.target is None else spec["actions"].get(stored.state, [])
    left = stored.list_end - stored.cursor
    assert there.list_end - there.cursor == min(left, len(entry))
