"""The pure core against a reference model, over definitions and triggers by chance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from statemachine_internal.machine import Snapshot, Step, Trigger, TriggerKind, advance, first_snapshot, resumed, step
from support.definitions import EVENTS, TIMEOUTS, read, specs
from support.reference_machine import Reference

OUTCOMES = {"taken": "taken", "ignore": "ignored", "defer": "deferred", "error": "failed"}
payloads = st.fixed_dictionaries({}, optional={"n": st.integers(0, 2)})


class CoreAgainstReference(RuleBasedStateMachine):
    """Whatever happens to the one happens to the other, and they agree."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[tuple[int, int]] = []  # of the actions that ran
        self.timers: dict[str, float] = {}

    @initialize(
        spec=specs, context=st.fixed_dictionaries({}, optional={"k": st.integers(0, 2)}), entry=st.integers(0, 3)
    )
    def begin(self, spec: dict[str, Any], context: dict[str, Any], entry: int) -> None:
        self.spec = spec
        self.definition = read(spec)
        self.reference = Reference(spec, dict(context), entry)
        first = first_snapshot(self.definition, "m", entry=entry, context=context)
        self.follow(step(self.definition, first, Trigger(kind=TriggerKind.START, name="start")))
        assert self.taken.timers is not None

    def follow(self, taken: Step) -> None:
        """Do what the runtime does with a step."""
        self.taken = taken
        self.snapshot: Snapshot = taken.snapshot
        if taken.timers is not None:
            self.timers = dict(taken.timers)

    @rule(name=st.sampled_from([*EVENTS, "unknown"]), payload=payloads)
    def event(self, name: str, payload: dict[str, int]) -> None:
        before = self.snapshot
        event = {"type": name, "payload": payload}
        expected = self.reference.take(name, event)
        self.follow(step(self.definition, before, Trigger(kind=TriggerKind.EVENT, name=name, event=event)))
        assert self.taken.outcome.value == OUTCOMES[expected]
        assert (self.snapshot is before) == (expected != "taken")
        assert self.taken.changed_state == (self.snapshot.state != before.state)

    @precondition(lambda self: not self.snapshot.list_done)
    @rule(name=st.sampled_from([*EVENTS, None]), k=st.none() | st.integers(0, 2))
    def action(self, name: str | None, k: int | None) -> None:
        """The action at the cursor ran, changed the context, and emitted an event or none."""
        self.keys.append((self.snapshot.entry, self.snapshot.cursor))
        context = dict(self.snapshot.context) | ({} if k is None else {"k": k})
        self.reference.context = dict(context)
        if name is not None and self.reference.take(name) == "taken":
            changed = replace(self.snapshot, context=context)
            self.follow(step(self.definition, changed, Trigger(kind=TriggerKind.EMITTED, name=name)))
        else:
            self.snapshot = advance(self.snapshot, context=context)
            self.reference.todo.pop(0)
            self.reference.index += 1

    @precondition(lambda self: bool(self.timers))
    @rule(data=st.data())
    def timer(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.timers)))
        assert name in TIMEOUTS
        del self.timers[name], self.reference.timers[name]
        self.reference.take(name)
        self.follow(step(self.definition, self.snapshot, Trigger(kind=TriggerKind.TIMER, name=name)))

    @rule()
    def restart(self) -> None:
        """A restart with the same definition changes nothing."""
        assert resumed(self.definition, self.snapshot) == self.snapshot

    @invariant()
    def they_agree(self) -> None:
        if not hasattr(self, "snapshot"):
            return
        snapshot, reference = self.snapshot, self.reference
        assert (snapshot.state, snapshot.entry) == (reference.state, reference.entry)
        assert snapshot.context == reference.context
        assert self.timers == reference.timers
        program = self.definition.program(snapshot.state, snapshot.via)
        assert len(program) == snapshot.list_end - snapshot.list_start
        left = program[snapshot.cursor - snapshot.list_start :]
        assert [spec.config for spec in left] == reference.todo
        assert snapshot.cursor == reference.index
        assert self.definition.ends(snapshot.state, snapshot.via) == reference.ends()
        interrupts = {way["event"] for way in reference.ways() if way.get("interrupt")}
        assert self.definition.interrupts(snapshot.state) == interrupts

    @invariant()
    def no_two_actions_share_a_key(self) -> None:
        assert self.keys == sorted(set(self.keys))


TestCoreAgainstReference = pytest.mark.req("A2")(CoreAgainstReference.TestCase)
TestCoreAgainstReference.settings = settings(max_examples=200, stateful_step_count=30)
