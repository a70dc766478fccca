"""The progress of a job, from the action that tells it to the job's row, the feed and the next action."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from statemachine_internal.actions import registry
from statemachine_internal.actions.base import BaseAction
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import Scope
from statemachine_internal.errors import LockLost
from statemachine_internal.jobs import queue
from statemachine_internal.runtime.progress import INTERVAL
from statemachine_internal.store.job_protocol import NewJob
from support import acts
from support.bench import Bench
from support.workspace import Workspace

pytest_plugins = ("support.bench_fixture",)

WORKER = """
initial_state: waiting
transitions:
  - {{from: waiting, to: working, event: new_job}}
  - {{from: working, to: told, event: job_done}}
  - {{from: working, to: told, event: error}}
  - {{from: told, to: waiting, event: again}}
actions:
  waiting: [{{type: check_database_queue}}]
  working: [{action}]
  told: [{{type: log, message: "came to {{job_progress}} %"}}]
"""

TOLD = WORKER.format(action="{type: run, do: work}")


def add(bench: Bench, *ids: str, attempts: int = 1) -> None:
    with bench.store.transaction():
        for id in ids:
            queue.add(bench.store, NewJob(id=id, type="t", max_attempts=attempts), bench.clock.now(), lambda _: None)


def progress(bench: Bench, id: str = "j") -> float | None:
    job = bench.store.jobs.get(id)
    assert job is not None
    return job.progress


def told(bench: Bench) -> list[tuple[str, float]]:
    return [(row["job_id"], row["progress"]) for row in bench.feed("job_progress")]


class Teller:
    """An action that reports what the test says, and ends when it is told to."""

    def __init__(self, end: Outcome | Exception | None = None) -> None:
        self.end = Outcome(event="job_done") if end is None else end
        self.scope: Scope | None = None
        self._begun, self._over = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope) -> Outcome:
        self.scope = scope
        self._begun.set()
        await self._over.wait()
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    async def begun(self) -> Callable[[object], None]:
        """Wait for the action; returns what reports its progress."""
        async with asyncio.timeout(10):
            await self._begun.wait()
        assert self.scope is not None
        return self.scope.report_progress

    def over(self) -> None:
        self._over.set()


@pytest.mark.req("F1")
def test_progress_is_in_the_row_and_in_the_feed_while_the_action_is_at_work(bench: Bench) -> None:
    async def scenario() -> None:
        bench.runs["work"] = teller = Teller()
        add(bench, "j")
        async with bench.run(TOLD):
            report = await teller.begun()
            report(40)
            await bench.until(lambda: progress(bench) == 40)
            assert bench.state() == "working"
            assert told(bench) == [("j", 40)]
            teller.over()
            await bench.until(lambda: bench.rests_in("told"))
        assert bench.said() == ["came to 40 %"]

    bench.play(scenario())


@pytest.mark.req("F1")
def test_many_reports_make_few_writes_and_the_last_one_counts(bench: Bench) -> None:
    async def scenario() -> None:
        bench.runs["work"] = teller = Teller()
        add(bench, "j")
        async with bench.run(TOLD):
            report = await teller.begun()
            before, began = bench.commits, asyncio.get_running_loop().time()
            for percent in range(99):
                report(percent)
                await asyncio.sleep(0)
            report(99.5)
            teller.over()
            await bench.until(lambda: bench.rests_in("told"))
            took = asyncio.get_running_loop().time() - began
            assert bench.commits - before <= took / INTERVAL + 4, "the first, the last, and two turns"
            assert told(bench)[-1] == ("j", 99.5)
        assert (progress(bench), bench.said()) == (99.5, ["came to 99.5 %"])

    bench.play(scenario())


@pytest.mark.req("F1")
def test_a_second_report_is_written_half_a_second_after_the_first(bench: Bench) -> None:
    async def scenario() -> None:
        bench.runs["work"] = teller = Teller()
        add(bench, "j")
        loop = asyncio.get_running_loop()
        async with bench.run(TOLD):
            report = await teller.begun()
            report(1)
            await bench.until(lambda: progress(bench) == 1)
            first = loop.time()
            report(2)
            await bench.until(lambda: progress(bench) == 2)
            assert loop.time() - first >= INTERVAL * 0.9
            report(2)
            assert told(bench) == [("j", 1), ("j", 2)], "what is stored already isn't stored again"
            teller.over()

    bench.play(scenario())


@pytest.mark.req("F1")
def test_an_action_that_fails_leaves_what_it_had_reported(bench: Bench) -> None:
    async def scenario() -> None:
        bench.runs["work"] = teller = Teller(RuntimeError("broken lamp"))
        add(bench, "j")
        async with bench.run(TOLD):
            report = await teller.begun()
            report(70)
            teller.over()
            await bench.until(lambda: bench.rests_in("told"))
        assert (bench.said(), progress(bench)) == (["came to 70 %"], 70)

    bench.play(scenario())


@pytest.mark.req("F1")
def test_the_next_job_and_the_next_attempt_begin_at_nothing(bench: Bench) -> None:
    seen: list[Any] = []

    async def work(scope: Scope) -> Outcome:
        seen.append((scope.names["job_id"], scope.names["current_job"]["attempts"], scope.names["job_progress"]))
        scope.report_progress(60)
        if len(seen) == 1:
            raise RuntimeError("not yet")
        return Outcome(event="job_done")

    async def scenario() -> None:
        bench.runs["work"] = work
        add(bench, "j", attempts=2)
        async with bench.run(TOLD) as run:
            await bench.until(lambda: bench.rests_in("told"))
            await run.send("again")
            await bench.until(lambda: bench.rests_in("waiting"))
            assert progress(bench) == 60, "as far as the last attempt came"
            run.skip(10)
            await bench.until(lambda: bench.rests_in("told"))
            add(bench, "k")
            await run.send("again")
            await bench.until(lambda: len(seen) == 3 and bench.rests_in("told"))
        assert seen == [("j", 1, 0), ("j", 2, 0), ("k", 1, 0)]

    bench.play(scenario())


@pytest.mark.req("F1")
def test_an_action_that_is_done_again_is_told_how_far_it_had_come(bench: Bench) -> None:
    seen: list[object] = []

    async def cut_short() -> None:
        bench.runs["work"] = teller = Teller()
        async with bench.run(TOLD) as run:
            report = await teller.begun()
            report(30)
            await bench.until(lambda: progress(bench) == 30)
            for _ in range(2):
                run.host.stop("cut short")

    async def go_on() -> None:
        async def work(scope: Scope) -> Outcome:
            seen.append(scope.names["job_progress"])
            return Outcome(event="job_done")

        bench.runs["work"] = work
        async with bench.run(TOLD):
            await bench.until(lambda: bench.rests_in("told"))

    add(bench, "j")
    bench.play(cut_short())
    bench.play(go_on())
    assert seen == [30]


@pytest.mark.req("F3")
def test_a_job_that_was_taken_away_is_not_touched(bench: Bench) -> None:
    async def scenario() -> None:
        bench.runs["work"] = teller = Teller()
        add(bench, "j")
        async with bench.run(TOLD):
            report = await teller.begun()
            with bench.store.transaction():
                assert bench.store.jobs.release("j")
                assert bench.store.jobs.claim_one("another", "j", bench.clock.now())
            before = bench.commits
            report(50)
            await bench.until(lambda: bench.commits > before)
            report(60)
            teller.over()
            await bench.until(lambda: bench.rests_in("told"))
        assert (progress(bench), told(bench)) == (None, [])

    bench.play(scenario())


@pytest.mark.req("P7")
def test_a_process_that_lost_its_lock_stores_no_progress_and_ends(bench: Bench) -> None:
    async def scenario() -> None:
        bench.runs["work"] = teller = Teller()
        async with bench.run(TOLD) as run:
            report = await teller.begun()
            row = bench.row()
            assert row.process is not None
            with bench.store.transaction():
                bench.store.claim(
                    "m", digest="", config_type="", control_path=None, process=row.process, now=bench.clock.now()
                )
            report(50)
            await run.ended()

    add(bench, "j")
    with pytest.raises(LockLost):
        bench.play(scenario())
    assert (progress(bench), told(bench)) == (None, [])


@pytest.mark.req("P8")
def test_what_an_action_says_after_its_end_is_not_heard(bench: Bench) -> None:
    async def scenario() -> None:
        bench.runs["work"] = teller = Teller()
        add(bench, "j")
        async with bench.run(TOLD):
            report = await teller.begun()
            teller.over()
            await bench.until(lambda: bench.rests_in("told"))
            report(50)
            await asyncio.sleep(0)
        assert (progress(bench), told(bench)) == (None, [])

    bench.play(scenario())


@pytest.mark.req("F1")
def test_a_machine_without_a_job_tells_nobody(bench: Bench) -> None:
    async def scenario() -> None:
        bench.runs["work"] = teller = Teller()
        text = """
initial_state: idle
transitions: [{from: idle, to: working, event: go}, {from: working, to: told, event: job_done}]
actions: {working: [{type: run, do: work}]}
"""
        add(bench, "j")
        async with bench.run(text) as run:
            await run.send("go", job_id="j")
            report = await teller.begun()
            report(50)
            teller.over()
            await bench.until(lambda: bench.rests_in("told"))
        assert (progress(bench), told(bench)) == (None, [])

    bench.play(scenario())


@pytest.mark.req("C10")
def test_a_custom_action_reports_from_a_thread_and_from_its_context(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        shown, go_on = asyncio.Event(), threading.Event()

        class WorkAction(BaseAction):
            async def execute(self, context: dict[str, Any]) -> str:
                assert context["job_progress"] == 0
                await asyncio.to_thread(self.work)
                context["job_progress"] = 90
                return "job_done"

            def work(self) -> None:
                self.report_progress(25)
                loop.call_soon_threadsafe(shown.set)
                assert go_on.wait(10)

        loop = asyncio.get_running_loop()
        monkeypatch.setattr(acts, "WorkAction", WorkAction, raising=False)
        monkeypatch.setitem(registry.BUILT_INS, "work", (acts.__name__, "WorkAction"))
        add(bench, "j")
        async with bench.run(WORKER.format(action="{type: work}")):
            await shown.wait()
            await bench.until(lambda: progress(bench) == 25)
            go_on.set()
            await bench.until(lambda: bench.rests_in("told"))
        assert (progress(bench), bench.said()) == (90, ["came to 90 %"])
        assert "job_progress" not in bench.context()

    bench.play(scenario())


@pytest.mark.req("C10")
def test_a_report_that_is_no_percentage_fails_the_action(bench: Bench) -> None:
    async def scenario() -> None:
        async def work(context: dict[str, Any]) -> str:
            context["job_progress"] = "half"
            return "job_done"

        bench.acts["work"] = work
        add(bench, "j")
        async with bench.run(WORKER.format(action="{type: act, do: work}")):
            await bench.until(lambda: bench.rests_in("told"))
        assert bench.taken() == ["new_job", "error"]
        assert "give a number from 0 to 100" in bench.context()["last_error"]

    bench.play(scenario())


@pytest.mark.req("C7")
def test_set_context_sets_it_in_the_middle_of_a_list(bench: Bench) -> None:
    text = """
initial_state: waiting
transitions: [{from: waiting, to: working, event: new_job}, {from: working, to: waiting, event: again}]
actions:
  waiting: [{type: check_database_queue}]
  working:
    - {type: log, message: "{job_progress}"}
    - {type: set_context, values: {job_progress: "{current_job.payload.done|default:12.5}", other: 1}}
    - {type: log, message: "{job_progress}"}
"""

    async def scenario() -> None:
        add(bench, "j")
        async with bench.run(text):
            await bench.until(lambda: bench.rests_in("working"))
        assert (bench.said(), progress(bench), told(bench)) == (["0", "12.5"], 12.5, [("j", 12.5)])
        assert bench.context()["other"] == 1
        assert "job_progress" not in bench.context()

    bench.play(scenario())


@pytest.mark.req("C2")
@pytest.mark.req("J1")
def test_the_lines_of_a_command_show_in_listings_and_to_systemd_while_it_works(workspace: Workspace) -> None:
    config = workspace.write(
        "m.yaml",
        WORKER.format(
            action="{type: bash, command: 'echo progress: 40%; read x < gate; echo Progress: 85.5 % >&2', timeout: 60}"
        ),
    )
    gate = workspace.path / "gate"
    os.mkfifo(gate)
    path = workspace.path / "notify"
    workspace.run("statemachine-db", "add-job", "j", "--type", "t")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        systemd.settimeout(30)
        running = workspace.start("statemachine", config, env={"NOTIFY_SOCKET": str(path)})

        def until_told(words: str) -> None:
            told = ""
            while words not in told:
                told = systemd.recv(4096).decode()

        until_told("STATUS=working: bash; job j, 40 %")
        assert "40 %" in workspace.run("statemachine-db", "list").stdout
        assert "40 %" in workspace.run("statemachine-db", "details", "j").stdout
        listed = json.loads(workspace.run("statemachine-db", "list", "--format", "json").stdout)
        details = json.loads(workspace.run("statemachine-db", "details", "j", "--format", "json").stdout)
        assert (listed[0]["progress"], details["progress"]) == (40, 40)
        gate.write_text("on\n")
        until_told("STATUS=told (resting); job j, 85.5 %")
        running.process.terminate()
        assert running.wait() == 0
    details = json.loads(workspace.run("statemachine-db", "details", "j", "--format", "json").stdout)
    assert details["progress"] == 85.5
    assert "came to 85.5 %" in running.stderr()
