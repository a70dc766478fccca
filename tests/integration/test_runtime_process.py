"""A machine as a process among others: its socket, its lock, its signals, its end."""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog import get_context

from statemachine_internal.actions.base import BaseAction
from statemachine_internal.control.addresses import control_path
from statemachine_internal.errors import (
    AlreadyRunning,
    ConfigurationError,
    StoreBusy,
    StoreError,
    StoreFull,
    UsageError,
)
from statemachine_internal.runtime.lock import lock_path
from statemachine_internal.service.records import MachineLog
from statemachine_internal.store.sqlite import SqliteStore
from support.bench import PATIENCE, Bench

pytest_plugins = ("support.bench_fixture",)

LOOP = """
initial_state: a
transitions:
  - {from: a, to: b, event: onward}
  - {from: b, to: a, event: onward}
  - {from: "*", event: e, actions: [{type: log, message: e}]}
actions:
  a: [{type: log, message: a, success: onward}]
  b: [{type: log, message: b, success: onward}]
"""


@pytest.mark.req("B5")
def test_a_loop_that_never_rests_still_answers_its_socket_and_sigterm(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(LOOP, signals=True) as run:
            for _ in range(3):
                await run.send("e")
            os.kill(os.getpid(), signal.SIGTERM)
            assert await run.ended() == "SIGTERM"
        assert bench.events() == [("e", "pending")] * 3
        place = bench.row().place
        assert (place.state in "ab", place.status.value) == (True, "stopped")
        entries = [p["entry"] for p in bench.feed("state_change")]
        assert entries == list(range(1, len(entries) + 1))

    bench.play(scenario())


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


@pytest.mark.req("B5")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_machine_in_order(bench: Bench, number: signal.Signals) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT, signals=True) as run:
            await run.send("ping")
            os.kill(os.getpid(), number)
            assert await run.ended() == number.name
        assert bench.row().place.status.value == "stopped"
        assert bench.feed("machine_terminated") == [{"state": "idle", "reason": number.name}]
        assert not Path(control_path("m")).exists()

    bench.play(scenario())


@pytest.mark.req("B7")
def test_a_second_run_of_a_name_is_refused_and_takes_nothing_from_the_first(bench: Bench) -> None:
    async def second() -> None:
        async with bench.run(TEXT):
            pass

    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("ping")
            epoch, file = bench.row().epoch, os.stat(control_path("m"))
            with pytest.raises(AlreadyRunning) as refused:
                await second()
            assert refused.value.exit_code == 1
            assert str(os.getpid()) in str(refused.value)
            assert bench.row().epoch == epoch
            assert os.stat(control_path("m")) == file
            await run.send("ping")
            assert bench.said() == ["pong", "pong"]

    bench.play(scenario())


@pytest.mark.req("P4")
def test_a_start_rings_those_for_whom_events_still_wait(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT, "m"):
            await bench.until(lambda: bench.rests_in("idle"))
            bench.put("ping", to="m", wake=False)  # its sender, "other", ended before it rang
            async with bench.run(TEXT, "other"):
                await bench.until(lambda: bench.said("m") == ["pong"])

    bench.play(scenario())


@pytest.mark.req("B3")
@pytest.mark.parametrize("value", [float("nan"), {1, 2}, "\ud800"])
def test_an_initial_context_that_cannot_be_stored_is_refused(bench: Bench, value: object) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT, initial_context={"fine": 1, "odd": value}):
            pass

    with pytest.raises(UsageError, match="'odd'"):
        bench.play(scenario())
    assert bench.query("SELECT count(*) FROM machine_state") == [(0,)]


@pytest.mark.req("B8")
def test_several_machines_run_on_one_loop_and_send_to_each_other(bench: Bench) -> None:
    relay = """
initial_state: idle
transitions:
  - {from: idle, event: ball, when: "event.payload.n > 0",
     actions: [{type: send_event, target_machine: OTHER, event_type: ball, payload: "{event_data.payload.rest}"}]}
  - {from: idle, to: holding, event: ball}
"""
    payload: dict[str, Any] = {"n": 0}
    for n in range(1, 11):
        payload = {"n": n, "rest": payload}

    async def scenario() -> None:
        async with (
            bench.run(relay.replace("OTHER", "b"), "a") as a,
            bench.run(relay.replace("OTHER", "a"), "b") as b,
        ):
            await a.send("ball", payload)
            await bench.until(lambda: bench.rests_in("holding", "a"))
            assert (len(bench.taken("a")), len(bench.taken("b"))) == (6, 5)
            assert bench.rests_in("idle", "b")
            ends = asyncio.gather(a.stop(), b.stop())
            assert set(await ends) == {"the test is over"}

    bench.play(scenario())


@pytest.mark.req("C3")
def test_an_event_for_a_machine_whose_socket_path_is_too_long_does_not_stop_the_sender(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bench.workspace.path / ("r" * 40)
    folder.mkdir()
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(folder))
    name = "x" * 64
    text = f"""
initial_state: idle
transitions:
  - {{from: idle, to: busy, event: go, actions: [{{type: send_event, target_machine: {name}, event_type: e}}]}}
actions:
  busy: [{{type: act, do: work}}]
"""

    async def scenario() -> None:
        work = bench.gate()
        async with bench.run(text) as run:
            await run.send("go")
            await work.going()
            work.open()
            await bench.until(lambda: bench.rests_in("busy"))
        assert bench.events(name) == [("e", "pending")]

    bench.play(scenario())


@pytest.mark.req("B1")
def test_a_control_socket_that_cannot_be_made_is_a_configuration_error(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT, control_socket_prefix=str(bench.workspace.path / "missing" / "x")):
            pass

    with pytest.raises(ConfigurationError) as refused:
        bench.play(scenario())
    assert "missing/x-m.sock" in str(refused.value)


@pytest.mark.req("B5")
def test_a_fault_after_a_commit_ends_the_run_and_does_not_leave_it_hanging(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("no room for a record")

    async def scenario() -> None:
        work = bench.gate("back")
        async with bench.run(TEXT) as run:
            await run.send("ping")
            monkeypatch.setattr(MachineLog, "transition", broken)
            run.sender().post("go")
            await asyncio.wait([run.task], timeout=PATIENCE)
            assert work.began == 0
            assert bench.state() == "busy"  # committed it is

    with pytest.raises(OSError, match="no room for a record"):
        bench.play(scenario())


@pytest.mark.req("B3")
def test_a_run_that_is_cancelled_ends_in_order(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("back")
        async with bench.run(TEXT) as run:
            await run.send("go")
            await work.going()
            run.task.cancel()
            await asyncio.wait([run.task])
            assert run.task.cancelled()
            assert (work.cancelled, bench.row().place.status.value) == (1, "stopped")
            assert bench.row().place.attempts == 0
            raise KeyError

    with pytest.raises(KeyError):
        bench.play(scenario())


@pytest.mark.req("B5")
def test_a_machine_whose_task_was_cancelled_leaves_no_process_in_its_row(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("ping")
            run.task.cancel()
            await asyncio.wait([run.task])

    with pytest.raises(asyncio.CancelledError):
        bench.play(scenario())
    assert bench.row().process is None


@pytest.mark.req("B5")
@pytest.mark.parametrize("error", [StoreBusy, StoreFull])
def test_a_run_that_has_ended_is_no_failure_because_its_row_cannot_say_so(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: type[StoreError]
) -> None:
    def leave(*_: object) -> None:
        raise error("m.db: nothing was stored")

    monkeypatch.setattr(SqliteStore, "leave", leave)

    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("ping")
            assert await run.stop() == "the test is over"
        assert bench.row().place.status.value == "stopped"

    bench.play(scenario())


@pytest.mark.req("P7")
def test_a_lock_file_that_cannot_be_opened_is_one_complaint(bench: Bench) -> None:
    os.makedirs(lock_path("m"))

    async def scenario() -> None:
        async with bench.run(TEXT):
            pass

    with pytest.raises(ConfigurationError, match="locks/m"):
        bench.play(scenario())


@pytest.mark.req("P4")
def test_a_doorbell_that_cannot_be_looked_up_is_not_the_end_of_the_machine(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.replace("message: pong", "message: pong}, {type: send_event, target_machine: nobody, event_type: x")
    load = SqliteStore.machine

    def machine(store: SqliteStore, name: str) -> Any:
        if name == "nobody":
            raise StoreBusy("m.db is locked")
        return load(store, name)

    monkeypatch.setattr(SqliteStore, "machine", machine)

    async def scenario() -> None:
        async with bench.run(text) as run:
            await run.send("ping")
            await run.send("ping")
            assert bench.said() == ["pong", "pong"]
        assert bench.events("nobody") == [("x", "pending")] * 2

    bench.play(scenario())


@pytest.mark.req("B8")
def test_what_an_action_logs_is_said_by_its_own_machine_however_many_share_the_process(bench: Bench) -> None:
    said: dict[str, object] = {}

    async def work(context: dict[str, Any]) -> str:
        said[context["machine_name"]] = get_context(BaseAction({"type": "work"}).logger)["machine"]
        return "back"

    bench.acts["work"] = work

    async def scenario() -> None:
        async with bench.run(TEXT, "a") as a, bench.run(TEXT, "b") as b:
            for run in (a, b):
                await run.send("go")
                await bench.until(partial(bench.rests_in, "idle", run.name))
        assert said == {"a": "a", "b": "b"}

    bench.play(scenario())
