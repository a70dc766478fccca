"""P4: a doorbell that was never rung is made good."""

from __future__ import annotations

import signal

import pytest

from crash.stage import Stage
from statemachine_internal.runtime import points

SENDER = """\
name: sender
initial_state: idle
events: [tell]
transitions:
  - {from: idle, event: tell, actions: [{type: send_event, target_machine: target, event_type: told}]}
"""
TARGET = """\
name: target
initial_state: idle
events: [told]
transitions:
  - {from: idle, event: told, to: happy}
"""
KILLED = -signal.SIGKILL


def lose_a_doorbell(stage: Stage) -> None:
    """The sender dies between its commit and the doorbell: the row is there, and the target doesn't know."""
    sender = stage.live("sender", knife=f"{points.RING}:1").ready()
    stage.send("sender", "tell")
    assert sender.end() == KILLED
    assert [(e.source, e.status) for e in stage.rows.events("target")] == [("sender", "pending")]
    assert stage.rows.state("target") == "idle"


@pytest.fixture
def pair(stage: Stage) -> Stage:
    stage.write("sender.yaml", SENDER)
    stage.write("target.yaml", TARGET)
    return stage


@pytest.mark.req("P4")
def test_a_lost_doorbell_is_made_good_when_the_sender_starts_again(pair: Stage) -> None:
    target = pair.live("target").ready()
    lose_a_doorbell(pair)
    pair.live("sender")
    pair.until_state("target", "happy")
    assert target.process.poll() is None


@pytest.mark.req("P4")
def test_a_lost_doorbell_is_made_good_when_the_target_starts_again(pair: Stage) -> None:
    target = pair.live("target").ready()
    lose_a_doorbell(pair)
    assert target.kill() == KILLED
    pair.live("target")
    pair.until_state("target", "happy")


@pytest.mark.req("P4")
def test_a_lost_doorbell_is_made_good_at_the_target_s_next_event(pair: Stage) -> None:
    pair.live("target").ready()
    lose_a_doorbell(pair)
    pair.send("target", "anything")
    pair.until_state("target", "happy")
    # The older event was taken up first.
    assert [e.status for e in pair.rows.events("target")] == ["processed", "ignored"]


@pytest.mark.req("P4")
def test_a_lost_doorbell_is_made_good_by_the_watchdog_s_backstop(pair: Stage) -> None:
    pair.live("target", env={"WATCHDOG_USEC": "3000000"}).ready()
    lose_a_doorbell(pair)
    pair.until_state("target", "happy")


@pytest.mark.req("P4")
@pytest.mark.req("C3")
def test_a_delayed_event_to_itself_needs_no_doorbell(stage: Stage) -> None:
    stage.write(
        "selfish.yaml",
        """\
name: selfish
initial_state: idle
events: [begin, later]
transitions:
  - from: idle
    event: begin
    to: waiting
    actions: [{type: send_event, target_machine: selfish, event_type: later, delay: 0.2}]
  - {from: waiting, event: later, to: happy}
""",
    )
    stage.live("selfish").ready()
    stage.send("selfish", "begin")
    stage.until_state("selfish", "happy")


@pytest.mark.req("P1")
@pytest.mark.req("P2")
def test_an_event_whose_reply_was_lost_counts_once(pair: Stage) -> None:
    """The machine dies after its commit, before the reply: the sender stores the event itself, under the same uid."""
    target = pair.live("target", knife=f"{points.COMMITTED}:2").ready()
    pair.until(lambda: pair.rows.at_rest("target"), "target at rest")
    delivery = pair.send("target", "told")
    assert target.end() == KILLED
    assert [(e.id, e.status) for e in pair.rows.events("target")] == [(delivery.id, "processed")]
    pair.live("target").ready()
    pair.until_rest("target")
    assert [c.after for c in pair.rows.changes("target")] == ["idle", "happy"]
