"""How many commits the work costs, counted by SQLite's own write-ahead log."""

from __future__ import annotations

import asyncio
from typing import Any

import apsw
import pytest

from statemachine_internal.store import sqlite
from statemachine_internal.store.connection import connect
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: idle, event: back}
  - {from: "*", event: tick, actions: [{type: log, message: "{event_data.payload.n}"}]}
  - {from: idle, to: hard, event: hard}
actions:
  busy:
    - {type: log, message: one}
    - {type: set_context, key: two, value: 2}
    - {type: send_event, target_machine: other, event_type: three}
    - {type: emit, event: back}
  hard:
    - {type: act, do: work}
    - {type: log, message: after}
"""


class Commits:
    """Counts the commits that write something; one that writes nothing costs no fsync."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *_: Any) -> int:
        self.count += 1
        return apsw.SQLITE_OK


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    counter = Commits()

    def watched(path: str) -> apsw.Connection:
        connection = connect(path)
        hook = getattr(connection, "set_wal_hook", None) or connection.setwalhook
        hook(counter)
        return connection

    monkeypatch.setattr(sqlite, "connect", watched)
    return counter


@pytest.mark.req("P3")
def test_several_instant_actions_and_the_step_that_they_lead_to_cost_one_commit(bench: Bench, commits: Commits) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("tick")
            before = commits.count
            await run.send("go")
            assert bench.taken() == ["tick", "go", "back"]
            assert commits.count - before == 1
            assert bench.events("other") == [("three", "pending")]

    bench.play(scenario())


@pytest.mark.req("P3")
def test_64_pending_events_share_one_commit(bench: Bench, commits: Commits) -> None:
    for n in range(130):
        bench.put("tick", {"n": n}, wake=False)

    async def scenario() -> None:
        async with bench.run(TEXT):
            await bench.until(lambda: len(bench.said()) == 130)
            assert bench.said() == [str(n) for n in range(130)]
            assert commits.count == 1 + 3  # the start's, and 64 + 64 + 2

    bench.play(scenario())


@pytest.mark.req("P3")
def test_64_events_in_flight_share_a_commit_and_are_acknowledged_after_it(bench: Bench, commits: Commits) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("tick", {"n": -1})
            before = commits.count
            sender = run.sender()
            for n in range(64):
                sender.post("tick", {"n": n})
            replies = [await sender.reply() for _ in range(64)]
            assert all(reply.ok for reply in replies)
            assert [reply.id for reply in replies] == sorted(reply.id or 0 for reply in replies)
            # What had come when the connection was accepted, and the rest.
            assert commits.count - before <= 3

    bench.play(scenario())


@pytest.mark.req("P6")
def test_an_awaiting_action_starts_after_a_commit_and_its_result_opens_the_next(bench: Bench, commits: Commits) -> None:
    async def scenario() -> None:
        work = bench.gate()
        async with bench.run(TEXT) as run:
            await run.send("tick")
            before = commits.count
            await run.send("hard")
            await work.going()
            assert (bench.state(), bench.row().place.attempts) == ("hard", 1)
            assert commits.count - before == 1
            work.open()
            await bench.until(lambda: bench.rests_in("hard"))
            assert bench.said()[-1] == "after"
            assert commits.count - before == 2

    bench.play(scenario())


@pytest.mark.req("P9")
def test_an_idle_machine_commits_nothing_and_takes_no_turn(bench: Bench, commits: Commits) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("tick")
            before = (commits.count, bench.commits)
            loop = asyncio.get_running_loop()
            assert not run.engine._scheduled
            for _ in range(100):  # a hundred turns of the loop, in which nothing is asked for
                await asyncio.sleep(0)
            assert (commits.count, bench.commits) == before
            assert [handle for handle in loop._scheduled if not handle.cancelled()] == []  # type: ignore[attr-defined]

    bench.play(scenario())
