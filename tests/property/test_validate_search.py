"""Whatever two machines do by the pure core, the search of ``statemachine-validate`` has seen, and doesn't deny."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.definition import MachineDefinition, parse
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.places import Places
from statemachine_internal.definition.checks.runs.actor import Actor, actors
from statemachine_internal.definition.checks.runs.deadlocks import check as check_deadlocks
from statemachine_internal.definition.checks.runs.graph import Graph, explore
from statemachine_internal.definition.checks.runs.livelocks import check as check_livelocks
from statemachine_internal.definition.checks.runs.place import Phase
from statemachine_internal.definition.diagnostics import Report
from statemachine_internal.machine import Snapshot, Trigger, TriggerKind, advance, first_snapshot, step

STATES, EVENTS = ["a", "b", "c"], ["e", "f", "g", "h"]
NAMES = ["left", "right"]
MOST_ACTIONS = 60  # of a machine that doesn't rest
MOST_WAITING = 3

_event = st.sampled_from(EVENTS)
_conditions = st.sampled_from(["x == 1", "not x", "event.payload.y"])


def _action(other: str) -> st.SearchStrategy[dict[str, Any]]:
    sent = {"type": st.just("send_event"), "target_machine": st.just(other), "event_type": _event}
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("emit"), "event": _event}),
        st.fixed_dictionaries(
            {"type": st.just("set_context"), "values": st.fixed_dictionaries({"x": st.integers(0, 1)})}
        ),
        st.fixed_dictionaries({**sent, "success": st.just("") | _event}),
    )


def _machine(other: str) -> st.SearchStrategy[dict[str, Any]]:
    transition = st.fixed_dictionaries(
        {"from": st.sampled_from([*STATES, "*"]), "event": _event | st.just("start")},
        optional={
            "to": st.sampled_from(STATES),
            "when": _conditions,
            "actions": st.lists(_action(other), max_size=1),
        },
    )
    return st.fixed_dictionaries(
        {
            "initial_state": st.just("a"),
            "states": st.just(STATES),
            "final": st.sampled_from([[], ["c"]]),
            "on_unhandled": st.sampled_from(["ignore", "defer"]),
            "transitions": st.lists(transition, min_size=2, max_size=6),
            "actions": st.dictionaries(st.sampled_from(STATES), st.lists(_action(other), max_size=2), max_size=2),
        }
    )


class Running:
    """One machine, by the core that the engine has; its actions are done here."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.definition: MachineDefinition = actor.definition
        self.inbox: list[str] = []
        self.deferred: list[str] = []
        self.taken: set[str] = set()
        self.done = False
        self.snapshot: Snapshot = first_snapshot(self.definition, "m")

    def start(self, peers: dict[str, Running]) -> bool:
        self._trigger(Trigger(kind=TriggerKind.START, name="start"))
        return self._run(peers)

    def take(self, event: str, peers: dict[str, Running], payload: int) -> bool:
        data = {"type": event, "payload": {"y": payload}}
        outcome = self._trigger(Trigger(kind=TriggerKind.EVENT, name=event, event=data))
        if outcome == "deferred":
            self.deferred.append(event)
        elif outcome == "taken":
            self.taken.add(event)
        return self._run(peers)

    def _trigger(self, trigger: Trigger) -> str:
        before = self.snapshot.state
        made = step(self.definition, self.snapshot, trigger)
        self.snapshot = made.snapshot
        if made.changed_state and self.snapshot.state != before:
            self.inbox[:0], self.deferred = self.deferred, []
        return made.outcome.value

    def _run(self, peers: dict[str, Running]) -> bool:
        """Do the list; False where the machine does not come to rest, or an inbox is full."""
        for _ in range(MOST_ACTIONS):
            at = self.snapshot
            if at.list_done:
                self.done = self.definition.ends(at.state, at.via)
                return True
            config = self.definition.program(at.state, at.via)[at.cursor - at.list_start].config
            event = config.get("event") if config["type"] == "emit" else config.get("success")
            if config["type"] == "set_context":
                self.snapshot = advance(at, context={**at.context, **config["values"]})
                continue
            if config["type"] == "send_event":
                peer = peers[config["target_machine"]]
                if len(peer.inbox) + len(peer.deferred) >= MOST_WAITING:
                    return False
                peer.inbox.append(config["event_type"])
            ends = self.definition.ends(at.state, at.via)
            if not event or ends or self._trigger(Trigger(kind=TriggerKind.EMITTED, name=event)) != "taken":
                self.snapshot = advance(at)
        return False


def group_of(specs: dict[str, dict[str, Any]]) -> list[Actor]:
    files: list[Given] = []
    for name, spec in specs.items():
        loaded = parse(json.dumps(spec), f"{name}.yaml")
        assert loaded.definition is not None
        assert loaded.root is not None
        places = Places(loaded.root, loaded.definition.text)
        files.append(Given(definition=loaded.definition, places=places, customs=None, report=Report(f"{name}.yaml")))
    return actors(files, files)


def seen(graph: Graph, machine: int) -> set[tuple[str, bool]]:
    """The states in which a machine rests or ends."""
    calm = (Phase.RESTING, Phase.DONE)
    standing = (whole[machine] for whole in graph.nodes)
    stopped = {(state, True) for index, state in graph.stopped if index == machine}
    return {(at.state, at.phase is Phase.DONE) for at in standing if at.phase in calm} | stopped


@pytest.mark.req("I1")
@given(data=st.data())
def test_what_machines_do_is_among_what_the_search_has_seen(data: st.DataObject) -> None:
    specs = {name: data.draw(_machine(other), name) for name, other in zip(NAMES, reversed(NAMES), strict=True)}
    group = group_of(specs)
    graph = explore(group, 4000)
    machines = {name: Running(actor) for name, actor in zip(NAMES, group, strict=True)}
    alive = [machines[name].start(machines) for name in NAMES]
    for _ in range(data.draw(st.integers(0, 12), "steps")):
        index = data.draw(st.integers(0, 1), "machine")
        machine = machines[NAMES[index]]
        if not all(alive) or machine.done:
            break
        from_outside = sorted(machine.actor.outside)
        if machine.inbox and (not from_outside or data.draw(st.booleans(), "from the inbox")):
            alive[index] = machine.take(machine.inbox.pop(0), machines, 0)
        elif from_outside:
            event = data.draw(st.sampled_from(from_outside), "event")
            if machine.actor.definition.candidates(machine.snapshot.state, event):
                alive[index] = machine.take(event, machines, data.draw(st.integers(0, 1), "payload"))
    if not graph.complete or not all(alive):
        return
    for index, machine in enumerate(machines.values()):
        assert (machine.snapshot.state, machine.done) in seen(graph, index)
        by_others = {event for event in machine.taken if event in machine.actor.sent}
        assert {event for event in by_others if (index, event) not in graph.taken} <= machine.actor.outside


@pytest.mark.req("I1")
@given(spec=_machine("nobody"))
def test_a_machine_that_comes_to_rest_at_its_start_is_in_no_livelock(spec: dict[str, Any]) -> None:
    """Values that hold for sure make a circle sure: what rests with the values that it has, rests for the search."""
    (actor,) = group_of({"alone": spec})
    graph = explore([actor], 4000)
    alone = Running(actor)
    nobody = Running(actor)
    rests = alone.start({"nobody": nobody})
    check_deadlocks(graph)
    if check_livelocks(graph) and rests:
        found = [d for d in actor.given.report.diagnostics() if d.code == "livelock"]
        assert all(any("from outside" in step.text for step in d.run) for d in found)
