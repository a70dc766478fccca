"""Three machines that pass numbered events on, and what must be true of their rows whatever was killed meanwhile.

s1 ─► a ─► b ─► c ─► a (echo)        every number is counted in the context, every sixth starts two awaiting actions
s2 ──────► b
s3 ───────────► c
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import groupby, pairwise

from crash.stage import Stage

MACHINES = ("a", "b", "c")
NEXT = {"a": "b", "b": "c", "c": "a"}
RELAYED = ("number", "heavy")

DEFINITION = """\
name: relay
initial_state: idle
states: [idle, working]
events: [number, heavy, echo, marked]
transitions:
  - from: idle
    event: number
    actions: &pass_on
      - {type: add_to_list, list: seen, value: "{event_data.event_name}:{event_data.payload.key}"}
      - type: send_event
        target_machine: "{next}"
        event_type: "{event_data.event_name}"
        payload: "{event_data.payload}"
  - {from: idle, event: heavy, to: working, actions: *pass_on}
  - from: idle
    event: echo
    actions:
      - {type: add_to_list, list: seen, value: "{event_data.event_name}:{event_data.payload.key}"}
  - {from: working, to: idle, event: marked}
  - {from: working, to: idle, event: error}
actions:
  working:
    - {type: bash, command: 'echo "$STATEMACHINE_ACTION_KEY" >> actions-$STATEMACHINE_MACHINE', success: ""}
    - {type: mark}
"""

# The awaiting actions of `working` stand behind the two of the transition.
BASH, MARK = 2, 3

ACTION = """\
import asyncio
from statemachine_engine.actions import BaseAction

class MarkAction(BaseAction):
    async def execute(self, context):
        with open(f"actions-{self.get_machine_name(context)}", "a") as file:
            file.write(context["action_key"] + "\\n")
        await asyncio.sleep(0)
        return "marked"
"""


def write_relay(stage: Stage) -> None:
    """Write the definitions, of which the last one's sends echoes, and the custom action."""
    for machine in MACHINES:
        text = DEFINITION
        if machine == "c":
            text = text.replace('event_type: "{event_data.event_name}"', "event_type: echo")
        stage.write(f"{machine}.yaml", text)
    stage.write("actions/mark_action.py", ACTION)


def arguments(machine: str) -> tuple[str, ...]:
    """What a machine of the relay is started with."""
    return ("--initial-context", json.dumps({"next": NEXT[machine]}))


def check_relay(stage: Stage, sent: dict[str, list[str]], accepted: set[int]) -> None:
    """The rules, read from the rows.

    Args:
        stage: where it was played; all its machines are at rest.
        sent: for each sender, what it sent (``type:key``), in its order.
        accepted: the ids that senders were told.
    """
    check_events(stage, sent, accepted)
    for machine in MACHINES:
        check_history(stage, machine)
        check_outbox(stage, machine)
        check_actions(stage, machine)
    assert stage.rows.ask("SELECT * FROM machine_timers") == []
    stage.check()


def check_events(stage: Stage, sent: dict[str, list[str]], accepted: set[int]) -> None:
    """P1: what a sender was told is there, and was applied. P4: nothing is pending. Each sender's order was kept."""
    events = stage.rows.events()
    assert {event.status for event in events} <= {"processed"}, Counter(event.status for event in events)
    assert accepted <= {event.id for event in events}
    for source, names in sent.items():
        assert [name_of(event.type, event.payload) for event in events if event.source == source] == names
    for machine in MACHINES:
        own = [event for event in events if event.target == machine]
        applied = [change.event_id for change in stage.rows.changes(machine) if change.event_id is not None]
        # P2: each exactly once, and in the order of acceptance.
        assert applied == [event.id for event in own], machine
        # P3: what was counted is what was applied.
        assert stage.rows.context(machine).get("seen", []) == [name_of(e.type, e.payload) for e in own], machine


def check_history(stage: Stage, machine: str) -> None:
    """P3: entries are numbered without a gap, and the row stands where the history ends."""
    changes = stage.rows.changes(machine)
    for before, after in pairwise(changes):
        assert after.entry == before.entry + (0 if after.internal else 1), (machine, before, after)
        assert after.before == before.after, (machine, before, after)
    row = stage.rows.machine(machine)
    assert (row["current_state"], row["entry"], row["attempts"]) == (changes[-1].after, changes[-1].entry, 0)


def check_outbox(stage: Stage, machine: str) -> None:
    """P3: each event that was passed on was sent once, with the step that applied it."""
    seen = [name.partition(":") for name in stage.rows.context(machine).get("seen", [])]
    passed_on = [("echo" if machine == "c" else type) + ":" + key for type, _, key in seen if type in RELAYED]
    outbox = [event for event in stage.rows.events(NEXT[machine]) if event.source == machine]
    assert [name_of(event.type, event.payload) for event in outbox] == passed_on, machine


def check_actions(stage: Stage, machine: str) -> None:
    """P6: done at least once, each try under one key, and never again once the outcome was stored."""
    path = stage.folder / f"actions-{machine}"
    lines = path.read_text().splitlines() if path.exists() else []
    tries = [(key, len(list(group))) for key, group in groupby(lines)]
    given_up = set()
    for error in stage.rows.errors(machine):
        assert "its process ended each time" in error["error"] or "while" in error["error"], error
        if "its process ended each time" in error["error"]:
            given_up.add(error["action_key"])
    expected = []
    for change in stage.rows.changes(machine):
        if change.after == "working":
            keys = [f"{machine}:{change.entry}:{index}" for index in (BASH, MARK)]
            done = keys[: keys.index(next(iter(given_up.intersection(keys))))] if given_up.intersection(keys) else keys
            expected += [key for key in keys if key in done or key in lines]
    # One group a key: once the next action had begun, an earlier one was not done again.
    assert [key for key, _ in tries] == expected, machine
    assert max((count for _, count in tries), default=0) <= 3, machine


def name_of(type: str, payload: dict[str, str]) -> str:
    """An event in a word."""
    return f"{type}:{payload['key']}"
