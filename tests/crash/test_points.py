"""Machines killed at every named point, again and again, while senders send: nothing is lost, nothing done twice."""

from __future__ import annotations

import random
import time

import pytest

from crash.lives import Lives, Quota
from crash.play import play
from crash.relay import MACHINES, arguments, check_relay, write_relay
from crash.senders import Sender
from crash.stage import Stage
from statemachine_internal.runtime import points

DEATHS = 30  # at each point; with those from outside, the suite has well over two hundred
OUTSIDE = "outside"
KINDS = ("number", "number", "number", "number", "number", "heavy")

# How often a point is passed at most before the end: several commits, but few enough for many lives.
MOST = {points.ACKNOWLEDGE: 6, points.ACT: 3, points.ACTED: 3}


@pytest.mark.req("P1")
@pytest.mark.req("P2")
@pytest.mark.req("P3")
@pytest.mark.req("P4")
@pytest.mark.req("P6")
@pytest.mark.req("E3")
@pytest.mark.parametrize("point", [*points.ALL, OUTSIDE])
def test_nothing_is_lost_or_doubled_when_machines_are_killed_at(point: str, stage: Stage) -> None:
    started = time.monotonic()
    write_relay(stage)
    quota = Quota(DEATHS)

    def knife(chance: random.Random) -> str:
        return f"{point}:{chance.randint(1, MOST.get(point, 8))}"

    lives = [
        Lives(
            stage,
            machine,
            lambda knife, machine=machine: stage.live(machine, *arguments(machine), knife=knife),  # type: ignore[misc]
            quota,
            None if point == OUTSIDE else knife,
            seed=f"{point} {machine}",
        )
        for machine in MACHINES
    ]
    senders = [Sender(f"s{number}", machine, KINDS, stage.rows, quota) for number, machine in enumerate(MACHINES, 1)]
    play(stage, lives, senders, quota)
    assert quota.deaths >= DEATHS
    check_relay(stage, {s.source: s.sent for s in senders}, set().union(*(s.ids for s in senders)))
    sent, accepted = sum(len(s.sent) for s in senders), sum(s.accepted for s in senders)
    total = len(stage.rows.events())
    took = time.monotonic() - started
    print(f"\n{point}: {quota.deaths} kills, {sent} sent ({accepted} accepted), {total} events in all, {took:.1f} s")
