"""A database that can't be written just now."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator

import apsw
import pytest

from statemachine_internal.errors import StoreBusy
from statemachine_internal.runtime import engine
from statemachine_internal.store import connection, sqlite
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: idle, event: back}
  - {from: "*", event: ping, actions: [{type: log, message: pong}]}
actions:
  busy: [{type: act, do: work}]
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(path: str) -> apsw.Connection:
        return connection.connect(path, busy_limit=0.02)

    monkeypatch.setattr(sqlite, "connect", connect)
    monkeypatch.setattr(engine, "STORE_RETRY_SECONDS", 0.02)


@contextlib.contextmanager
def locked(bench: Bench) -> Iterator[None]:
    """Another process holds the write lock."""
    other = apsw.Connection(str(bench.workspace.database))
    other.cursor().execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@pytest.mark.req("P1")
def test_senders_are_told_that_nothing_was_stored_and_may_send_again(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("ping")
            sender = run.sender()
            with locked(bench):
                refused = await sender.send("ping", uid="u1")
            assert (refused.ok, refused.code) == (False, "store_busy")
            accepted = await sender.send("ping", uid="u1")
            assert (accepted.ok, accepted.duplicate) == (True, False)
            assert bench.said() == ["pong", "pong"]

    bench.play(scenario())


@pytest.mark.req("P6")
def test_the_result_of_an_action_is_kept_until_it_can_be_stored(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> None:
        work = bench.gate("back")
        async with bench.run(TEXT) as run:
            await run.send("go")
            await work.going()
            with locked(bench):
                work.open()
                refused = await run.sender().send("ping")
                assert not refused.ok
                assert work.ended == 1
            await bench.until(lambda: bench.rests_in("idle"))
            assert work.began == 1
            assert bench.context()["worked"] == 1

    bench.play(scenario())
    warnings = [line for line in capsys.readouterr().err.splitlines() if "WARNING" in line]
    assert len(warnings) == 1  # not one for each try


@pytest.mark.req("B5")
def test_a_stop_while_nothing_can_be_stored_ends_with_the_reason(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("ping")
            with locked(bench):
                await run.stop()

    with pytest.raises(StoreBusy):
        bench.play(scenario())
    assert bench.row().place.state == "idle"


@pytest.mark.req("B5")
def test_a_reload_that_could_not_be_stored_is_tried_again(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT, signals=True) as run:
            await run.send("ping")
            before = bench.row().definition_hash
            bench.write(TEXT.replace("pong", "pung"))
            with locked(bench):
                os.kill(os.getpid(), signal.SIGHUP)
                while "locked by another process" not in capsys.readouterr().err:
                    await asyncio.sleep(0)
            await bench.until(lambda: bench.row().definition_hash != before)
            await run.send("ping")
            assert bench.said() == ["pong", "pung"]

    bench.play(scenario())
