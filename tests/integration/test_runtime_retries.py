"""Actions that are tried again, and those that wait again."""

from __future__ import annotations

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import Scope
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: idle
transitions:
  - {from: [idle, failed], to: busy, event: go}
  - {from: busy, to: failed, event: error}
  - {from: busy, to: special, event: went_wrong}
  - {from: "*", event: ping, actions: [{type: log, message: alive}]}
actions:
  busy:
    - ACTION
    - {type: log, message: went on}
"""


def text(action: str = "{type: act, do: work}") -> str:
    return TEXT.replace("ACTION", action)


RETRY = "{type: act, do: work, retry: {max: 3, backoff: 10, factor: 2, max_backoff: 25, jitter: 0}}"


@pytest.mark.req("C8")
def test_a_failed_action_is_tried_again_with_backoff_and_at_last_emits_its_error(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate(error=ValueError("again"))
        work.open()

        async def failed(tries: int) -> None:
            await bench.until(lambda: bench.row().place.failures == tries)

        async with bench.run(text(RETRY)) as run:
            await run.send("go")
            for tries, delay in enumerate([10, 20, 25], 1):
                await failed(tries)
                assert (work.began, bench.row().place.attempts) == (tries, 0)
                ((due,),) = bench.query("SELECT due FROM machine_timers")
                assert due - bench.clock.now() == pytest.approx(delay * 1_000_000, abs=1_000_000)
                run.skip(delay - 1)
                await run.send("ping")
                assert work.began == tries
                run.skip(1.1)
            await bench.until(lambda: bench.rests_in("failed"))
            assert work.began == 4
            assert [p.get("retry_in") for p in bench.feed("error")] == [10, 20, 25, None]
            assert [p["attempt"] for p in bench.feed("error")] == [1, 2, 3, 4]
            assert len({p["action_key"] for p in bench.feed("error")}) == 1
            assert bench.query("SELECT count(*) FROM machine_timers") == [(0,)]

    bench.play(scenario())


@pytest.mark.req("C8")
def test_a_retry_survives_a_restart(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("error", error=ValueError("again"))
        work.open()
        async with bench.run(text(RETRY)) as run:
            await run.send("go")
            await bench.until(lambda: bench.row().place.failures == 1)
        assert bench.row().place.status.value == "stopped"
        async with bench.run(text(RETRY)) as run:
            await run.send("ping")
            assert (work.began, bench.row().place.failures) == (1, 1)
            run.skip(11)
            await bench.until(lambda: bench.row().place.failures == 2)
        bench.clock.skip(100)  # while nobody runs
        work.error = None
        async with bench.run(text(RETRY)):
            await bench.until(lambda: bench.rests_in("failed"))
            assert work.began == 3

    bench.play(scenario())


@pytest.mark.req("C8")
def test_a_try_that_succeeds_ends_the_retries_and_the_next_action_has_its_own(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate(error=ValueError("again"))
        work.open()
        async with bench.run(text(RETRY)) as run:
            await run.send("go")
            await bench.until(lambda: bench.row().place.failures == 1)
            work.error = None
            run.skip(11)
            await bench.until(lambda: bench.rests_in("busy") and bench.said() == ["went on"])
            assert (bench.row().place.failures, bench.row().place.attempts) == (0, 0)

    bench.play(scenario())


@pytest.mark.req("P6")
def test_an_action_that_waits_again_and_again_is_not_taken_for_poison(bench: Bench) -> None:
    runs = 0

    async def waits(scope: Scope) -> Outcome:
        nonlocal runs
        runs += 1
        if runs == 6:
            return Outcome(event="error")
        return Outcome(wait_until=scope.now + 10_000)

    async def scenario() -> None:
        bench.runs["work"] = waits
        async with bench.run(text("{type: run, do: work}")) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            assert bench.feed("error") == []

    bench.play(scenario())
