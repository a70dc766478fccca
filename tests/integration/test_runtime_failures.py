"""Actions that fail, and what the machine makes of it."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.errors import ActionError
from statemachine_internal.service.records import MachineLog
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

POISON = """
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: failed, event: error}
actions:
  busy: [{type: act, do: work}]
"""

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
    def instantly(_: InstantScope) -> Outcome:
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
    async def cancelled(_: dict[str, Any]) -> str:
        raise asyncio.CancelledError

    async def scenario() -> None:
        bench.acts["work"] = cancelled
        async with bench.run(text()) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            assert "cancel" in bench.context()["last_error"]

    bench.play(scenario())


@pytest.mark.req("C11")
def test_an_action_that_calls_sys_exit_has_failed_and_the_machine_lives_on(bench: Bench) -> None:
    async def leaves(_: dict[str, Any]) -> str:
        sys.exit(3)

    async def scenario() -> None:
        bench.acts["work"] = leaves
        async with bench.run(text()) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            assert bench.context()["last_error"] == "SystemExit: 3"
            await run.send("ping")

    bench.play(scenario())


@pytest.mark.req("C10")
def test_what_json_cannot_carry_is_seen_by_later_actions_and_named_once(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[object] = []

    async def work(context: dict[str, Any]) -> None:
        seen.append(context.get("handle"))
        context["handle"] = context.get("handle") or work
        context["count"] = context.get("count", 0) + 1

    async def scenario() -> None:
        bench.acts["work"] = work
        three = "{type: act, do: work}\n    - {type: act, do: work}\n    - {type: act, do: work}"
        async with bench.run(text(three)) as run:
            await run.send("go")
            await bench.until(lambda: bench.said() == ["went on"])
            assert (bench.context()["count"], "handle" in bench.context()) == (3, False)

    bench.play(scenario())
    assert seen == [None, work, work]
    assert len([line for line in capsys.readouterr().err.splitlines() if "'handle'" in line]) == 1


@pytest.mark.req("C11")
def test_an_action_that_cannot_be_made_has_failed(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(text("{type: unmade, timeout: 5}")) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("failed"))
            assert bench.context()["last_error"] == "TimeoutError: no answer while it was made"

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


@pytest.mark.req("C11")
def test_poison_is_recorded_as_what_it_is_and_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, object]] = []
    monkeypatch.setattr(MachineLog, "poison", lambda _log, action, count, *_: said.append((action, count)))
    monkeypatch.setattr(MachineLog, "action_failed", lambda _log, action, *_, **__: said.append((action, "failed")))

    async def scenario() -> None:
        work = bench.gate()
        async with bench.run(POISON) as run:
            await run.send("go")
            await work.going()
            run.host.stop("killed")
            run.host.stop("killed")
            await run.ended()
        bench.query("UPDATE machine_state SET attempts = 3")  # as three processes that ended in it would have left it
        async with bench.run(POISON):
            await bench.until(lambda: bench.rests_in("failed"))
        assert said == [("act", 3)]

    bench.play(scenario())
