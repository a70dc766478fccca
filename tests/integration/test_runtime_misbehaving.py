"""Actions that misbehave, and senders that are many: the machine goes on."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from statemachine_internal.runtime import action_at_work, engine, performing, program
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: idle, event: back}
  - {from: busy, to: halted, event: halt, interrupt: true}
  - {from: "*", event: ping, actions: [{type: log, message: pong}]}
actions:
  busy: [{type: act, do: work}]
"""


@pytest.mark.req("C9")
@pytest.mark.parametrize("fails", [False, True])
def test_an_action_that_blocks_the_machine_is_named_in_a_warning(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fails: bool
) -> None:
    monkeypatch.setattr(performing, "BLOCKED_SECONDS", 0.02)

    async def work(_: dict[str, Any]) -> str:
        await asyncio.sleep(0)
        time.sleep(0.03)  # this very thing is what is tested
        if fails:
            raise ValueError("x")
        return "back"

    async def scenario() -> None:
        bench.acts["work"] = work
        async with bench.run(TEXT) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("busy" if fails else "idle"))
            await bench.until(lambda: len(bench.moves()) == (2 if fails else 3))

    bench.play(scenario())
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "blocked the machine" in line)
    assert "WARNING" in line
    assert "action=act" in line


class Stubborn:
    """An action that heeds no cancellation until the test lets it go."""

    def __init__(self) -> None:
        self.going, self.released = asyncio.Event(), asyncio.Event()

    async def __call__(self, context: dict[str, Any]) -> str:
        self.going.set()
        while not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                continue
        context["left"] = "behind"
        return "back"


@pytest.mark.req("P8")
def test_an_action_that_swallows_its_cancellation_is_left_behind_and_its_result_is_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(action_at_work, "CANCEL_SECONDS", 0.02)

    async def scenario() -> None:
        stubborn = bench.acts["work"] = Stubborn()
        async with bench.run(TEXT) as run:
            await run.send("go")
            await stubborn.going.wait()
            await run.send("halt")
            await bench.until(lambda: bench.rests_in("halted"))
            stubborn.released.set()
            await run.send("ping")
            assert bench.taken() == ["go", "halt", "ping"]
            assert "left" not in bench.context()

    bench.play(scenario())
    assert "left behind" in capsys.readouterr().err


@pytest.mark.req("B5")
def test_a_stop_does_not_wait_for_ever_for_an_action_that_swallows_its_cancellation(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "DRAIN_SECONDS", 0.02)
    monkeypatch.setattr(action_at_work, "CANCEL_SECONDS", 0.02)

    async def scenario() -> None:
        stubborn = bench.acts["work"] = Stubborn()
        async with bench.run(TEXT) as run:
            await run.send("go")
            await stubborn.going.wait()
            await run.stop()
            assert (bench.row().place.status.value, bench.row().place.attempts) == ("stopped", 0)
            stubborn.released.set()

    bench.play(scenario())


@pytest.mark.req("B5")
def test_a_stop_during_a_cancellation_leaves_nothing_behind_that_fires_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(action_at_work, "CANCEL_SECONDS", 0.02)

    async def scenario() -> None:
        gate, leave = bench.gate("back"), bench.gate(name="leave")

        async def slow_to_end(context: dict[str, Any]) -> str | None:
            try:
                return await gate(context)
            finally:
                await leave(context)

        bench.acts["work"] = slow_to_end
        async with bench.run(TEXT) as run:
            await run.send("go")
            await gate.going()
            await run.send("halt")
            await leave.going()
            run.host.stop("enough")
            leave.open()
            assert await run.ended() == "enough"
            await asyncio.sleep(0.05)  # past the patience with the cancelled action

    bench.play(scenario())
    assert "left behind" not in capsys.readouterr().err


@pytest.mark.req("P6")
def test_an_action_starts_at_once_however_many_events_come_in(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("back")
        async with bench.run(TEXT) as run:
            one, other = run.sender(), run.sender()
            await one.send("ping")
            await other.send("ping")
            began_at: list[int] = []

            async def noted(context: dict[str, Any]) -> str | None:
                began_at.append(bench.commits)
                return await work(context)

            bench.acts["work"] = noted
            before = bench.commits
            one.post("go")
            for _ in range(200):
                one.post("ping")
                other.post("ping")
            await work.going()
            assert began_at[0] - before <= 2
            work.open()
            for _ in range(200):
                assert (await one.reply()).ok
                assert (await other.reply()).ok
            assert (await one.reply()).ok
            await bench.until(lambda: len(bench.said()) == 402)

    bench.play(scenario())


CIRCLE = """
initial_state: a
transitions:
  - {from: a, to: b, event: x}
  - {from: b, to: a, event: x}
  - {from: "*", to: stopped, event: stop, interrupt: true}
actions:
  a: [{type: emit, event: x}]
  b: [{type: emit, event: x}]
"""


@pytest.mark.req("E3")
def test_a_machine_that_goes_round_in_a_circle_is_named_and_an_interrupting_event_ends_it(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> None:
        async with bench.run(CIRCLE) as run:
            await bench.until(lambda: len(bench.feed("state_change")) > 5 * program.STEPS_PER_TURN)
            await run.send("stop")
            assert await run.ended() == "final state"

    bench.play(scenario())
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "in a circle" in line)
    assert "WARNING" in line


@pytest.mark.req("C8")
def test_an_action_that_swallows_its_timeout_has_failed_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "CANCEL_SECONDS", 0.05)

    async def work(_: dict[str, Any]) -> str:
        while True:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                continue

    async def scenario() -> None:
        bench.acts["work"] = work
        text = TEXT.replace("{type: act, do: work}", "{type: act, do: work, timeout: 0.05, error: back}")
        async with bench.run(text) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("idle"))
        (error,) = bench.feed("error")
        assert error["error"] == "timed out after 0.05 s, and did not heed its cancellation"

    bench.play(scenario())
