"""Killed while it waits in every way there is: asleep, retrying, deferring, under a timer, for a delayed event."""

from __future__ import annotations

import random
import time
from itertools import groupby

import pytest

from crash.lives import Lives, Quota
from crash.play import play
from crash.relay import check_history, name_of
from crash.senders import Sender
from crash.stage import Stage
from statemachine_internal.runtime import points

DEATHS = 40
KINDS = ("number", "nap", "number", "hold", "number", "flaky", "number", "later")
DEFINITION = """\
name: waiter
initial_state: idle
on_unhandled: defer
states: [idle, napping, holding, flaking]
events: [number, nap, hold, flaky, later, late, wake_up, held]
transitions:
  - from: idle
    event: number
    actions: &count
      - {type: add_to_list, list: seen, value: "{event_data.event_name}:{event_data.payload.key}"}
  - {from: idle, event: late, actions: [{type: add_to_list, list: lates, value: "{event_data.payload.key}"}]}
  - from: idle
    event: later
    actions:
      - {type: add_to_list, list: seen, value: "{event_data.event_name}:{event_data.payload.key}"}
      - type: send_event
        target_machine: waiter
        event_type: late
        delay: 0.05
        payload: "{event_data.payload}"
  - {from: idle, event: nap, to: napping, actions: *count}
  - {from: napping, event: wake_up, to: idle}
  - {from: idle, event: hold, to: holding, actions: *count}
  - {from: holding, event: timeout(0.03), to: idle}
  - {from: idle, event: flaky, to: flaking, actions: *count}
  - {from: flaking, event: job_done, to: idle}
  - {from: flaking, event: error, to: idle}
actions:
  napping:
    - {type: sleep, duration: 0.03}
  flaking:
    - type: bash
      command: 'echo "$STATEMACHINE_ACTION_KEY" >> tries; [ "$(grep -c "^$STATEMACHINE_ACTION_KEY\\$" tries)" -ge 3 ]'
      retry: {max: 9, backoff: 0.02, factor: 1}
"""


@pytest.mark.req("P1")
@pytest.mark.req("P2")
@pytest.mark.req("P3")
@pytest.mark.req("P4")
@pytest.mark.req("P6")
@pytest.mark.req("P10")
@pytest.mark.req("C8")
@pytest.mark.req("E4")
def test_a_machine_that_is_killed_while_it_waits_loses_and_doubles_nothing(stage: Stage) -> None:
    started = time.monotonic()
    stage.write("waiter.yaml", DEFINITION)
    quota = Quota(DEATHS)

    def knife(chance: random.Random) -> str:
        return f"{chance.choice(points.ALL[:-1])}:{chance.randint(1, 4)}"

    lives = [Lives(stage, "waiter", lambda where: stage.live("waiter", knife=where), quota, knife, seed="waits")]
    senders = [Sender(source, "waiter", KINDS, stage.rows, quota) for source in ("s1", "s2")]
    play(stage, lives, senders, quota)
    check_waits(stage, senders)
    sent, took = sum(len(sender.sent) for sender in senders), time.monotonic() - started
    print(f"\nwaits: {quota.deaths} kills, {sent} sent, {took:.1f} s")


def check_waits(stage: Stage, senders: list[Sender]) -> None:
    events = stage.rows.events()
    assert {event.status for event in events} == {"processed"}
    context = stage.rows.context("waiter")
    # Deferred or not, what came first was taken first: each time all that is older is looked at again.
    sent = [event for event in events if event.type != "late"]
    assert context["seen"] == [name_of(event.type, event.payload) for event in sent]
    for sender in senders:
        assert [name_of(e.type, e.payload) for e in sent if e.source == sender.source] == sender.sent
    # What it sent to itself for later came once each.
    later = [event.payload["key"] for event in sent if event.type == "later"]
    assert sorted(context["lates"]) == sorted(later)
    assert [event.payload["key"] for event in events if event.type == "late"] == later
    assert sorted(c.event_id for c in stage.rows.changes("waiter") if c.event_id) == [event.id for event in events]
    check_history(stage, "waiter")
    flaked = [f"waiter:{c.entry}:1" for c in stage.rows.changes("waiter") if c.after == "flaking"]
    tries = (stage.folder / "tries").read_text().splitlines()
    assert [key for key, _ in groupby(tries)] == flaked
    assert stage.rows.ask("SELECT * FROM machine_timers") == []
    stage.check()
