"""Actions that fail, and what the machine makes of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope, Scope
from statemachine_internal.errors import ActionError
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


async def fails(context: dict[str, Any]) -> str:
    context["half"] = "made"
    raise ValueError("no such luck")


@pytest.mark.req("C11")
@pytest.mark.parametrize("kind", ["act", "instant"])
def test_a_failure_is_stored_recorded_with_its_traceback_and_emitted(bench: Bench, kind: str) -> None:
    def instantly(scope: InstantScope) -> Outcome:
        raise ValueError("no such luck")

    async def scenario() -> None:
        bench.acts["work"] = fails
        bench.instants["work"] = instantly
        async with bench.run(text(f"{{type: {kind}, do: work}}")) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            context = bench.context()
            assert (context["last_error"], context["last_error_action"]) == ("ValueError: no such luck", kind)
            assert "half" not in context
            assert bench.said() == []
            ((state, action, error, traceback),) = bench.query(
                "SELECT state, action, error, traceback FROM error_history"
            )
            assert (state, action, error) == ("busy", kind, "ValueError: no such luck")
            assert traceback.endswith("ValueError: no such luck\n")
            assert "test_runtime_failures.py" in traceback
            await run.send("ping")
            assert bench.said() == ["alive"]

    bench.play(scenario())


@pytest.mark.req("C11")
@pytest.mark.parametrize(
    ("action", "raised"),
    [
        ("{type: act, do: work, error: went_wrong}", ValueError("x")),
        ("{type: act, do: work}", ActionError("x", event="went_wrong")),
    ],
)
def test_a_failure_emits_the_event_that_is_named(bench: Bench, action: str, raised: Exception) -> None:
    async def scenario() -> None:
        bench.gate(error=raised).open()
        async with bench.run(text(action)) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("special"))
            assert bench.moves()[-1] == ("busy", "special", "went_wrong")

    bench.play(scenario())


@pytest.mark.req("C11")
def test_where_no_transition_takes_the_error_the_next_action_runs(bench: Bench) -> None:
    async def scenario() -> None:
        bench.acts["work"] = fails
        async with bench.run(text("{type: act, do: work, error: unheard_of}")) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("busy"))
            assert bench.said() == ["went on"]
            assert bench.context()["last_error_action"] == "act"

    bench.play(scenario())


@pytest.mark.req("C11")
def test_details_that_json_cannot_carry_do_not_end_the_machine(bench: Bench) -> None:
    async def scenario() -> None:
        error = ActionError("x", details={"code": 3, "what": object(), "much": float("inf")})
        bench.gate(error=error).open()
        async with bench.run(text()) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            assert bench.context()["code"] == 3

    bench.play(scenario())


@pytest.mark.req("C11")
def test_an_error_text_that_is_no_utf_8_does_not_end_the_machine(bench: Bench) -> None:
    async def scenario() -> None:
        bench.gate(error=OSError("no such file: b\udcff")).open()
        async with bench.run(text()) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            await run.send("ping")

    bench.play(scenario())


@pytest.mark.req("C11")
def test_an_action_that_cancels_itself_has_failed(bench: Bench) -> None:
    async def cancelled(context: dict[str, Any]) -> str:
        raise asyncio.CancelledError

    async def scenario() -> None:
        bench.acts["work"] = cancelled
        async with bench.run(text()) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            assert "cancel" in bench.context()["last_error"]

    bench.play(scenario())


@pytest.mark.req("C10")
def test_an_action_that_returns_no_event_name_has_failed(bench: Bench) -> None:
    async def scenario() -> None:
        bench.gate(event=3).open()  # type: ignore[arg-type]
        async with bench.run(text()) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            assert "returned int" in bench.context()["last_error"]

    bench.play(scenario())


@pytest.mark.req("C8")
def test_a_timeout_ends_a_custom_action_and_is_its_failure(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(text("{type: act, do: work, timeout: 0.02}")) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            assert bench.context()["last_error"] == "timed out after 0.02 s"
            assert (work.cancelled, work.ended) == (1, 0)

    bench.play(scenario())


@pytest.mark.req("C8")
def test_a_timeout_error_of_the_action_itself_is_told_as_its_own(bench: Bench) -> None:
    async def scenario() -> None:
        bench.gate(error=TimeoutError("the far end is silent")).open()
        async with bench.run(text("{type: act, do: work, timeout: 100}")) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            assert bench.context()["last_error"] == "TimeoutError: the far end is silent"

    bench.play(scenario())


RETRY = "{type: act, do: work, retry: {max: 3, backoff: 10, factor: 2, max_backoff: 25, jitter: 0}}"


@pytest.mark.req("C8")
def test_a_failed_action_is_tried_again_with_backoff_and_at_last_emits_its_error(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate(error=ValueError("again"))
        work.open()
        async with bench.run(text(RETRY)) as run:
            await run.send("go")
            for tries, delay in enumerate([10, 20, 25], 1):
                await bench.until(lambda tries=tries: bench.row().place.failures == tries)
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
