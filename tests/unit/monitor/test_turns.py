"""Clients share the loop: long answers come in parts, one part a round, and a flood is heard slowly."""

from __future__ import annotations

import asyncio

import pytest

from statemachine_internal.monitor.turns import BURST, GAP, Patience, Turns


@pytest.mark.req("P11")
def test_one_of_many_goes_on_in_each_round_and_all_in_their_order() -> None:
    async def scenario() -> None:
        turns = Turns()
        went: list[int] = []

        async def long(number: int) -> None:
            for _ in range(3):
                await turns.mine()
                went.append(number)

        tasks = [asyncio.create_task(long(number)) for number in range(5)]
        while not all(task.done() for task in tasks):
            before = len(went)
            await asyncio.sleep(0)
            assert len(went) - before <= 1
        assert went == [0, 1, 2, 3, 4] * 3

    asyncio.run(scenario())


@pytest.mark.req("P11")
def test_a_few_messages_are_heard_at_once_and_a_flood_at_a_pace() -> None:
    patience = Patience()
    now = 1000.0
    assert [patience.seconds(now) for _ in range(BURST)] == [0.0] * BURST
    for _ in range(100):
        waited = patience.seconds(now)
        assert waited == pytest.approx(GAP)
        now += waited
    now += BURST * GAP
    assert patience.seconds(now) == 0.0
