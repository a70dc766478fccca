"""The whole machine, store and socket included, against the reference model: whole inboxes, in batches by chance."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from support.bench import Bench
from support.definitions import EVENTS, specs
from support.reference_machine import Reference
from support.workspace import open_workspace

FATES = {"taken": "processed", "ignore": "ignored", "defer": "deferred", "error": "failed"}
LONGEST = 60  # actions in a row; a definition that goes on for longer may never rest

inboxes = st.lists(st.tuples(st.sampled_from([*EVENTS, "unknown"]), st.integers(0, 2)), max_size=8)


class Expected:
    """What becomes of an inbox, by the words: one event after another, each with all that follows from it."""

    def __init__(self, spec: dict[str, Any], inbox: list[tuple[str, int]]) -> None:
        self.said: list[str] = []
        self.fates = ["pending"] * len(inbox)
        self.machine = Reference(spec, {})
        self.finished = self.act()
        while not self.finished and "pending" in self.fates:
            at = self.fates.index("pending")
            name, n = inbox[at]
            before = self.machine.state
            event = {"event_name": name, "type": name, "payload": {"n": n}, "job_id": None, "source": "", "id": at + 1}
            self.fates[at] = FATES[self.machine.take(name, event)]
            if self.fates[at] == "failed":
                self.machine.take("error")
            self.look_again(before)
            self.finished = self.act()

    def look_again(self, before: str) -> None:
        if self.machine.state != before:
            self.fates = ["pending" if fate == "deferred" else fate for fate in self.fates]

    def act(self) -> bool:
        """Run the list to its end; returns whether that is the end of the run too."""
        for _ in range(LONGEST):
            if not self.machine.todo:
                return self.machine.ends()
            action, before = self.machine.todo[0], self.machine.state
            self.said.append(action["message"])
            event = action.get("success")
            if event and not self.machine.ends() and self.machine.take(event) == "taken":
                self.look_again(before)
            else:
                self.machine.todo.pop(0)
        assume(False)
        raise AssertionError


async def live(bench: Bench, text: str, inbox: list[tuple[str, int]], rows: int, expected: Expected) -> None:
    """Some events are there before the machine, the others come at once through its socket."""
    for name, n in inbox[:rows]:
        bench.put(name, {"n": n}, wake=False)
    async with bench.run(text) as run:
        if run.task.done():
            return
        sender = run.sender()
        for name, n in inbox[rows:]:
            sender.post(name, {"n": n})
        if expected.finished:
            await run.ended()
        else:
            await bench.until(lambda: [fate for _, fate in bench.events()] == expected.fates)
            assert bench.rests_in(expected.machine.state)


@pytest.mark.req("E3")
@settings(max_examples=60)
@given(spec=specs, inbox=inboxes, success=st.lists(st.sampled_from(["", *EVENTS]), min_size=1), data=st.data())
def test_an_inbox_comes_out_as_the_reference_says_however_it_comes_in(
    spec: dict[str, Any], inbox: list[tuple[str, int]], success: list[str], data: st.DataObject
) -> None:
    lists = [*spec["actions"].values(), *(way.get("actions", []) for way in spec["transitions"])]
    for number, action in enumerate(action for actions in lists for action in actions):
        action["success"] = success[number % len(success)]
    for way in spec["transitions"]:
        way["event"] = way["event"].replace("timeout(", "timeout(1000")
    expected = Expected(spec, inbox)
    rows = len(inbox) if expected.finished else data.draw(st.integers(0, len(inbox)))
    with open_workspace() as workspace, pytest.MonkeyPatch.context() as monkeypatch:
        bench = Bench(workspace, monkeypatch)
        try:
            bench.play(live(bench, json.dumps(spec), inbox, rows, expected))
            assert bench.said() == expected.said
            assert [fate for _, fate in bench.events()] == expected.fates
            assert (bench.state(), bench.row().place.entry) == (expected.machine.state, expected.machine.entry)
        finally:
            bench.close()
