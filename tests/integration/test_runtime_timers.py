"""The timers of a state, and actions that look at other machines."""

from __future__ import annotations

import errno

import pytest

from statemachine_internal.runtime import watching
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: a
transitions:
  - {from: a, event: timeout(10), actions: [{type: log, message: inside}]}
  - {from: a, event: timeout(20), when: "go", actions: [{type: log, message: guarded}]}
  - {from: a, to: b, event: timeout(30)}
  - {from: "*", event: ping, actions: [{type: log, message: pong}]}
  - {from: a, event: set, actions: [{type: set_context, key: go, value: true}]}
"""


def timers(bench: Bench) -> list[str]:
    return [name for (name,) in bench.query("SELECT name FROM machine_timers ORDER BY due")]


@pytest.mark.req("A6")
def test_an_internal_timeout_fires_once_in_an_entry(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("ping")
            run.skip(11)
            await bench.until(lambda: bench.said() == ["pong", "inside"])
            assert timers(bench) == ["timeout(20)", "timeout(30)"]
            run.skip(5)
            await run.send("ping")
            assert bench.said() == ["pong", "inside", "pong"]

    bench.play(scenario())


@pytest.mark.req("A6")
def test_a_timeout_whose_guard_fails_when_it_is_due_is_gone(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("ping")
            run.skip(21)
            await bench.until(lambda: timers(bench) == ["timeout(30)"])
            await run.send("set")
            await run.send("ping")
            assert "guarded" not in bench.said()

    bench.play(scenario())


@pytest.mark.req("A6")
def test_of_several_that_are_due_the_one_that_was_due_first_fires_first(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("set")
            run.skip(31)
            await bench.until(lambda: bench.state() == "b")
            assert bench.said() == ["inside", "guarded"]
            assert bench.taken() == ["set", "timeout(10)", "timeout(20)", "timeout(30)"]
            assert timers(bench) == []

    bench.play(scenario())


@pytest.mark.req("P10")
def test_leaving_a_state_drops_its_timers(bench: Bench) -> None:
    text = TEXT + "  - {from: a, to: c, event: leave}\n"

    async def scenario() -> None:
        async with bench.run(text) as run:
            await run.send("leave")
            assert timers(bench) == []
            run.skip(100)
            await run.send("ping")
            assert (bench.state(), bench.said()) == ("c", ["pong"])

    bench.play(scenario())


LOOKS = """
initial_state: looking
transitions:
  - {from: looking, to: seen, event: in_expected_state}
  - {from: looking, to: unseen, event: unexpected_state}
actions:
  looking: [{type: check_machine_state, target_machine: other, expected_states: [up], timeout_seconds: 100}]
"""
OTHER = "{initial_state: down, transitions: [{from: down, to: up, event: rise}]}"


@pytest.mark.req("C5")
def test_a_machine_that_waits_for_anothers_state_is_woken_by_it(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(OTHER, "other") as other, bench.run(LOOKS, "m"):
            await bench.until(lambda: bench.rests_in("looking"))
            await other.send("rise")
            await bench.until(lambda: bench.rests_in("seen"))

    bench.play(scenario())


@pytest.mark.req("C5")
def test_a_machine_that_waits_for_anothers_state_gives_up_in_time(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(OTHER, "other"), bench.run(LOOKS, "m") as run:
            await bench.until(lambda: bench.rests_in("looking"))
            assert list((bench.workspace.runtime_dir / "feed").glob("m-*.sock"))
            run.skip(101)
            await bench.until(lambda: bench.rests_in("unseen"))
            # It no longer follows the feed, and rests undisturbed (P9).
            assert not list((bench.workspace.runtime_dir / "feed").glob("m-*.sock"))

    bench.play(scenario())


@pytest.mark.req("C5")
def test_a_machine_that_cannot_follow_the_feed_lives_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def follower(_name: str) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(watching, "Follower", follower)

    async def scenario() -> None:
        async with bench.run(OTHER, "other") as other, bench.run(LOOKS, "m") as run:
            await bench.until(lambda: bench.rests_in("looking"))
            await run.send("unknown")
            await other.send("rise")
            run.engine.wake()
            await bench.until(lambda: bench.rests_in("seen"))

    bench.play(scenario())
