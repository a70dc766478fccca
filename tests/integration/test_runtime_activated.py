"""A machine whose socket is systemd's, inside the test's own process: its runs, and the end of the last."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator

import pytest

from statemachine_internal.control.addresses import control_path, ensure_runtime_dir
from statemachine_internal.control.doorbell import ring
from statemachine_internal.runtime import host, points
from statemachine_internal.runtime.clock import SECOND
from statemachine_internal.runtime.idling import IDLE, has_timer_ahead
from statemachine_internal.runtime.sources import read_definition
from support.bench import Bench
from support.sender import Sender

pytest_plugins = ("support.bench_fixture",)

ENDS = """
initial_state: idle
final: [done]
transitions:
  - {from: idle, to: done, event: go, actions: [{type: log, message: old}]}
"""
RESTS = """
initial_state: idle
idle_exit: 3600
transitions:
  - {from: idle, event: e, actions: [{type: log, message: e}]}
"""


@pytest.fixture
def listener(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket that systemd hands over to machine m."""
    ensure_runtime_dir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(bench.workspace.runtime_dir / "control" / "m.sock"))
        listener.listen(64)
        listener.setblocking(False)
        monkeypatch.setattr(host, "inherited_sockets", lambda: [listener])
        yield listener


def asked_for_wake(bench: Bench) -> bool:
    return (bench.workspace.runtime_dir / "wake").exists()


async def reload(bench: Bench, text: str) -> None:
    bench.write(text)
    digest = read_definition(str(bench.workspace.path / "m.yaml"))[0].digest
    os.kill(os.getpid(), signal.SIGHUP)
    await bench.until(lambda: bench.row().definition_hash == digest)


@pytest.mark.req("B5")
@pytest.mark.usefixtures("listener")
def test_a_definition_that_was_taken_up_is_that_of_the_next_run_too(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(ENDS, signals=True) as run:
            await reload(bench, ENDS.replace("old", "new"))
            bench.put("go", wake=False)
            bench.put("go")
            assert await run.ended() == "final state"
        assert bench.said() == ["new", "new"]
        assert bench.events() == [("go", "processed")] * 2

    bench.play(scenario())


@pytest.mark.req("B5")
@pytest.mark.usefixtures("listener")
def test_a_reload_changes_the_time_at_rest_after_which_the_machine_ends(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(RESTS, signals=True) as run:
            await reload(bench, RESTS.replace("3600", "0.05"))
            assert await run.ended() == IDLE

    bench.play(scenario())


@pytest.mark.req("B2")
@pytest.mark.usefixtures("listener")
def test_the_watchdog_does_not_keep_a_machine_at_rest_from_ending(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000")  # a tick each 20 ms

    async def scenario() -> None:
        async with bench.run(RESTS.replace("3600", "0.5"), signals=True) as run:
            assert await run.ended() == IDLE

    bench.play(scenario())


@pytest.mark.req("P10")
@pytest.mark.usefixtures("listener")
def test_a_machine_that_is_finished_asks_to_be_woken_for_a_delayed_event(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(ENDS, signals=True) as run:
            bench.put("go", not_before=bench.clock.now() + 3600 * SECOND)
            await run.send("go")
            assert await run.ended() == "final state"
        assert bench.events() == [("go", "pending"), ("go", "processed")]
        assert asked_for_wake(bench)

    bench.play(scenario())


@pytest.mark.req("P10")
@pytest.mark.usefixtures("listener")
def test_a_machine_that_is_finished_with_nothing_ahead_asks_for_nothing(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(ENDS, signals=True) as run:
            await run.send("go")
            assert await run.ended() == "final state"
        assert not asked_for_wake(bench)

    bench.play(scenario())


@pytest.mark.req("P10")
def test_a_delayed_event_that_became_due_on_the_way_out_is_still_ahead(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(RESTS, signals=True) as run:
            await bench.until(lambda: bench.rests_in("idle"))
            bench.put("e", not_before=bench.clock.now() - 1, wake=False)
            assert has_timer_ahead(run.engine.machine)

    bench.play(scenario())


@pytest.mark.req("B5")
@pytest.mark.usefixtures("listener")
def test_a_stop_that_comes_as_a_run_ends_begins_no_other_run(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(ENDS, signals=True) as run:
            bench.at_point[points.COMMITTED] = lambda: run.host.stop("SIGTERM")
            bench.put("go", wake=False)
            bench.put("go")
            await run.ended()
        assert bench.events() == [("go", "processed"), ("go", "pending")]

    bench.play(scenario())


@pytest.mark.req("B2")
@pytest.mark.usefixtures("listener")
def test_a_fresh_start_is_made_once_and_the_next_run_goes_on(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(RESTS, signals=True, fresh=True) as run:
            await run.send("e")
            run.engine.stop(IDLE)
            bench.put("e")
            await bench.until(lambda: bench.said() == ["e", "e"])
        assert bench.taken() == ["e", "e"]

    bench.play(scenario())


async def finish(bench: Bench) -> None:
    async with bench.run(ENDS, signals=True) as run:
        await run.send("go")
        assert await run.ended() == "final state"


@pytest.mark.req("P10", "B2")
@pytest.mark.usefixtures("listener")
def test_a_doorbell_for_an_event_that_is_not_due_begins_no_run(bench: Bench) -> None:
    async def scenario() -> None:
        await finish(bench)
        due = bench.clock.now() + 3600 * SECOND
        bench.put("go", not_before=due)  # systemd starts the machine by this ring
        async with bench.run(ENDS, signals=True) as run:
            assert await run.ended() == "final state"
        assert bench.events() == [("go", "processed"), ("go", "pending")]
        assert (bench.taken().count("start"), bench.row().place.status.value) == (0, "finished")
        assert asked_for_wake(bench), "somebody must start it when the event is due"
        bench.clock.skip(3601)
        assert ring(control_path("m"))
        async with bench.run(ENDS, signals=True) as run:
            assert await run.ended() == "final state"
        assert bench.events() == [("go", "processed")] * 2

    bench.play(scenario())


@pytest.mark.req("B2")
@pytest.mark.usefixtures("listener")
def test_a_doorbell_for_what_is_done_already_begins_no_run_and_leaves_nothing_in_the_socket(
    bench: Bench, listener: socket.socket
) -> None:
    async def scenario() -> None:
        await finish(bench)
        assert all([ring(control_path("m")), ring(control_path("m"))])
        async with bench.run(ENDS, signals=True) as run:
            assert await run.ended() == "final state"
        assert bench.moves() == [("", "idle", "start"), ("idle", "done", "go")]
        with pytest.raises(BlockingIOError):
            listener.accept()

    bench.play(scenario())


@pytest.mark.req("P1", "B2")
@pytest.mark.usefixtures("listener")
def test_an_event_that_waits_among_doorbells_begins_a_run_and_is_accepted(bench: Bench) -> None:
    async def scenario() -> None:
        await finish(bench)
        assert ring(control_path("m"))
        sender = Sender(control_path("m"))
        sender.post("go")
        assert ring(control_path("m"))
        async with bench.run(ENDS, signals=True) as run:
            assert (await sender.reply()).ok
            assert await run.ended() == "final state"
        sender.close()
        assert bench.events() == [("go", "processed")] * 2

    bench.play(scenario())


@pytest.mark.req("B2")
@pytest.mark.usefixtures("listener")
def test_a_finished_machine_that_is_started_by_hand_begins_a_new_run(bench: Bench) -> None:
    async def scenario() -> None:
        await finish(bench)
        async with bench.run(ENDS, signals=True):
            await bench.until(lambda: bench.rests_in("idle"))

    bench.play(scenario())
