"""SIGHUP: another definition, without an end of the process."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from statemachine_internal.runtime.sources import make_registry, read_definition
from statemachine_internal.service.records import MachineLog
from support.bench import Bench, Run

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: idle
transitions:
  - {from: idle, event: e, actions: [{type: log, message: old}]}
  - {from: idle, to: busy, event: go}
  - {from: idle, to: late, event: timeout(60)}
  - {from: busy, to: busy, event: again}
  - {from: busy, to: idle, event: back}
actions:
  busy:
    - {type: act, do: work}
    - {type: log, message: after}
"""
NEW = TEXT.replace("message: old", "message: new")


def hang_up(bench: Bench, text: str) -> None:
    bench.write(text)
    os.kill(os.getpid(), signal.SIGHUP)


@pytest.fixture
def refusals(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the log says of reloads that failed."""
    texts: list[str] = []

    def reload_failed(_log: MachineLog, text: str, *_rest: str) -> None:
        texts.append(text)
        bench.stir()

    monkeypatch.setattr(MachineLog, "reload_failed", reload_failed)
    return texts


async def taken_up(bench: Bench, run: Run) -> None:
    digest = read_definition(str(bench.workspace.path / "m.yaml"))[0].digest
    await bench.until(lambda: bench.row().definition_hash == digest)
    assert run.engine.machine.definition.digest == digest


@pytest.mark.req("B5")
def test_sighup_takes_up_a_new_definition_where_the_machine_stands(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT, signals=True) as run:
            await run.send("e")
            entry = bench.row().place.entry
            ((due,),) = bench.query("SELECT due FROM machine_timers")
            hang_up(bench, NEW)
            await taken_up(bench, run)
            await run.send("e")
            assert bench.said() == ["old", "new"]
            assert bench.row().place.entry == entry
            assert bench.query("SELECT due FROM machine_timers") == [(due,)]

    bench.play(scenario())


@pytest.mark.req("B5")
@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ("initial_state: [", "m.yaml:"),
        ("{initial_state: idle, transitions: [], actions: {idle: [{type: no_such_thing}]}}", "no_such_thing"),
        ("{initial_state: other, transitions: []}", "is in state 'idle'"),
    ],
    ids=["broken", "unknown action", "state gone"],
)
def test_a_definition_that_cannot_be_used_is_refused_and_the_old_one_stays(
    bench: Bench, refusals: list[str], broken: str, complaint: str
) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT, signals=True) as run:
            await run.send("e")
            digest = bench.row().definition_hash
            hang_up(bench, broken)
            await bench.until(lambda: refusals)
            assert complaint in refusals[0]
            await run.send("e")
            assert bench.said() == ["old", "old"]
            assert bench.row().definition_hash == digest

    bench.play(scenario())


@pytest.mark.req("B5")
def test_a_reload_waits_for_the_action_at_work(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("back")
        async with bench.run(TEXT, signals=True) as run:
            await run.send("go")
            await work.going()
            hang_up(bench, NEW)
            await run.send("unknown")
            assert run.engine.machine.definition.digest == bench.row().definition_hash
            work.open()
            await taken_up(bench, run)
            await run.send("e")
            assert bench.said() == ["new"]
            assert (work.began, work.ended) == (1, 1)

    bench.play(scenario())


@pytest.mark.req("B5")
@pytest.mark.parametrize("fails", [False, True])
def test_a_reload_at_the_very_end_of_an_action_loses_neither(bench: Bench, fails: bool) -> None:
    async def scenario() -> None:
        gate = bench.gate()
        async with bench.run(TEXT) as run:

            async def work(context: dict[str, Any]) -> None:
                await gate(context)
                run.engine.reload(definition, registry)
                if fails:
                    raise ValueError("x")

            bench.acts["work"] = work
            await run.send("go")
            await gate.going()
            bench.write(NEW.partition("actions:\n  busy")[0])  # it has no action here any more
            definition, _ = read_definition(str(bench.workspace.path / "m.yaml"))
            registry = make_registry(run.host.options, definition)
            gate.open()
            await taken_up(bench, run)
            await bench.until(lambda: bench.rests_in("busy"))
            assert ("last_error" if fails else "worked") in bench.context()

    bench.play(scenario())


@pytest.mark.req("B5")
def test_a_machine_that_is_always_at_work_takes_up_a_new_definition_between_two_actions(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("again")
        async with bench.run(TEXT, signals=True) as run:
            await run.send("go")
            await work.going()
            hang_up(bench, NEW.replace("{type: act, do: work}", "{type: act, do: other}"))
            other = bench.gate("back", name="other")
            work.open()
            await other.going()
            assert bench.row().place.attempts == 1
            other.open()
            await bench.until(lambda: bench.rests_in("idle"))
            await taken_up(bench, run)

    bench.play(scenario())
