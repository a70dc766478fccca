"""Every example does what its README says: the commands are read out of it and run, terminal by terminal."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from statemachine_internal.control.addresses import ensure_runtime_dir
from statemachine_internal.definition import load
from statemachine_internal.feed.follow import Follower
from support.on_path import with_programs
from support.watch import Watch
from support.workspace import MODULES, ROOT, Running, Workspace, program_argv

pytestmark = pytest.mark.req("J4")

EXAMPLES = ROOT / "examples"
DEFINITIONS = sorted(EXAMPLES.rglob("*.yaml"))
FOLLOWED = ("relay", "timeouts", "custom_actions", "ping_pong", "simple_worker", "controller_worker", "batch")
PATIENCE = 30.0  # seconds
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)

Row = dict[str, Any]


def commands(block: str) -> list[list[str]]:
    """The commands of a block, comments left out."""
    lines = block.replace("\\\n", " ").splitlines()
    return [argv for line in lines if (argv := shlex.split(line, comments=True))]


class Walkthrough:
    """A README that is followed in a copy of its folder. Each ``sh`` block is a new terminal."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.machines: dict[str, Running] = {}  # by the definition, as the README writes it
        self._workspace = workspace
        self._env = with_programs(workspace)
        folder = workspace.path / "examples" / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__", "pages.log"))
        self.blocks = BLOCK.findall((folder / "README.md").read_text(encoding="utf-8"))

    def next(self, count: int = 1) -> list[str]:
        """Do what stands in the next blocks; returns what their commands printed. Machines go on in the background."""
        printed = []
        for _ in range(count):
            cwd = self._workspace.path
            for name, *arguments in commands(self.blocks.pop(0)):
                if name == "cd":
                    cwd = cwd / arguments[0]
                elif name == "statemachine":
                    self._start(arguments, cwd)
                else:
                    printed.append(self._run([*(program_argv(name) if name in MODULES else [name]), *arguments], cwd))
        return printed

    def _start(self, arguments: list[str], cwd: Path) -> None:
        number = len(self._workspace.running) + 1
        stdout_path, stderr_path = (self._workspace.path / f"{number}.{stream}" for stream in ("out", "err"))
        with stdout_path.open("wb") as stdout, stderr_path.open("wb") as stderr:
            process = subprocess.Popen(
                [*program_argv("statemachine"), *arguments],
                cwd=cwd,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        running = Running(process=process, stdout_path=stdout_path, stderr_path=stderr_path)
        self._workspace.running.append(running)
        self.machines[arguments[0]] = running

    def _run(self, argv: list[str], cwd: Path) -> str:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(argv)}\n{done.stdout}{done.stderr}{self.said()}"
        return done.stdout

    def said(self) -> str:
        """What all machines wrote to their terminals."""
        return "".join(f"--- {config}\n{running.stderr()}" for config, running in self.machines.items())

    def ask(self, command: str, *arguments: str) -> list[Row]:
        """The rows of a listing, in its own order."""
        argv = [*program_argv("statemachine-db"), command, *arguments, "--format", "json"]
        rows: list[Row] = json.loads(self._run(argv, self._workspace.path))
        return rows

    def context(self, machine: str) -> Row:
        """What a machine remembers; nothing before it has begun."""
        rows = self.ask("machine-state", "--machine", machine)
        context: Row = rows[0]["context"] if rows else {}
        return context

    def moves(self, machine: str) -> list[tuple[str, str, str]]:
        """The history of a machine since it began: from, to, event."""
        rows = self.ask("transition-history", "--machine", machine)
        return [(row["from_state"], row["to_state"], row["event"]) for row in reversed(rows)][1:]

    def until(self, truth: Callable[[], object]) -> None:
        """Wait until something is so; looks again whenever the feed has grown."""
        deadline = time.monotonic() + PATIENCE
        with Follower("test-examples") as follower:
            while not truth():
                if not follower.wait(max(0.0, deadline - time.monotonic())):
                    raise AssertionError(f"waited in vain\n{self.said()}")

    def ended(self) -> None:
        """All machines end by themselves, and in order."""
        for config, running in self.machines.items():
            assert running.wait(PATIENCE) == 0, (config, self.said())


Follow = Callable[[str], AbstractContextManager[Walkthrough]]


@pytest.fixture
def follow(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Follow:
    """``with follow(NAME) as walk:``; at its end nothing of the README may be left to do."""
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    ensure_runtime_dir()

    @contextmanager
    def following(name: str) -> Iterator[Walkthrough]:
        walk = Walkthrough(workspace, name)
        yield walk
        assert walk.blocks == []

    return following


@pytest.mark.req("A9")
@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_a_definition_loads_without_a_warning(path: Path) -> None:
    loaded = load(str(path))
    assert [complaint.render() for complaint in loaded.diagnostics] == []
    assert loaded.definition is not None


def test_every_example_has_a_readme() -> None:
    folders = {path.relative_to(EXAMPLES).parts[0] for path in DEFINITIONS}
    assert set(FOLLOWED) <= folders
    assert [name for name in folders if not (EXAMPLES / name / "README.md").is_file()] == []


@pytest.mark.parametrize("name", FOLLOWED)
def test_no_command_of_a_readme_stands_where_nothing_runs_it(name: str) -> None:
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    assert [line for line in BLOCK.sub("", text).splitlines() if re.match(r"\s*(\$ )?statemachine", line)] == []


@pytest.mark.req("E5")
def test_the_relay_controller_is_the_one_that_the_definition_tests_read() -> None:
    ours, theirs = (
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (EXAMPLES / "relay/controller.yaml", ROOT / "tests/data/definitions/relay_controller.yaml")
    )
    for key in ("initial_state", "transitions", "actions"):
        assert ours[key] == theirs[key]


@pytest.mark.req("E5")
@pytest.mark.req("B8")
@pytest.mark.req("D3")
def test_relay(follow: Follow) -> None:
    with follow("relay") as walk:
        walk.next(4)
        assert "waiting -> generating" in walk.next()[0]
        walk.until(lambda: "finished" in walk.context("finalizer"))
        walk.until(lambda: walk.moves("controller")[-1:] == [("relaying_to_finalizer", "waiting", "relay_complete")])
        events, history, finalizer = walk.next()

        style = {"name": "oil", "strength": 0.8, "layers": [1, 2]}
        result = {
            "image": "images/42.png",
            "job_id": 42,
            "applied": {"style": style, "strength": 0.8},
            "faces": [{"x": 120, "y": 80, "confidence": 0.97}, {"x": 310, "y": 95, "confidence": 0.88}],
        }
        drawn = {"generated_image": "images/42.png", "job_id": 42, "face_style": style, "subject": "two sisters"}
        hops = [(row["source"], row["target"], row["type"], row["payload"]) for row in reversed(json.loads(events))]
        assert hops == [
            ("cli", "generator", "generate", {"subject": "two sisters", "job_id": 42, "face_style": style}),
            ("generator", "controller", "image_generated", drawn),
            (
                "controller",
                "face_processor",
                "process_faces",
                {"base_image": "images/42.png", "job_id": 42, "style": style},
            ),
            ("face_processor", "controller", "processing_complete", result),
            ("controller", "finalizer", "finalize_image", result),
        ]
        assert {row["status"] for row in json.loads(events)} == {"processed"}
        assert "relaying_to_processor" in history
        assert json.loads(finalizer)[0]["context"]["finished"] == [result]
        assert walk.moves("controller") == [
            ("waiting", "relaying_to_processor", "image_generated"),
            ("relaying_to_processor", "waiting_for_processor", "start_relay"),
            ("waiting_for_processor", "relaying_to_finalizer", "processing_complete"),
            ("relaying_to_finalizer", "waiting", "relay_complete"),
        ]
        assert "images/42.png is done, 2 faces" in walk.machines["finalizer.yaml"].stderr()

        walk.next()
        walk.machines["controller.yaml"].process.send_signal(signal.SIGINT)
        walk.ended()


@pytest.mark.req("A6")
@pytest.mark.req("C7")
@pytest.mark.req("C8")
def test_timeouts(follow: Follow) -> None:
    with follow("timeouts") as walk:
        walk.next()
        walk.until(lambda: walk.moves("health")[-1:] == [("paging", "alarmed", "paged")])
        pages, machines, errors = walk.next()
        busy, paged = pages.splitlines()
        key = busy.removeprefix("busy ")
        assert paged == f"paged {key}: the backend has not answered"
        assert "alarmed" in machines
        assert "exit" in errors
        assert len(walk.ask("error-history", "--machine", "health")) == 1
        escalation = [
            ("resting", "asking", "wake_up"),
            ("asking", "awaiting_answer", "asked"),
            ("awaiting_answer", "paging", "timeout(1)"),
            ("paging", "alarmed", "paged"),
        ]
        assert walk.moves("health") == escalation

        walk.next()
        recovery = [
            *escalation,
            ("alarmed", "recovered", "alive"),
            ("recovered", "resting", "announced"),
            ("resting", "asking", "wake_up"),
            ("asking", "awaiting_answer", "asked"),
            ("awaiting_answer", "resting", "alive"),
        ]
        walk.until(lambda: len(walk.moves("health")) >= len(recovery))
        assert walk.moves("health")[: len(recovery)] == recovery
        walk.next(2)
        walk.ended()


@pytest.mark.req("C9")
@pytest.mark.req("C10")
def test_custom_actions(follow: Follow) -> None:
    with follow("custom_actions") as walk:
        walk.next()
        walk.next()
        walk.until(lambda: walk.moves("inspector")[-1][1] == "alarmed")
        walk.next()
        walk.until(lambda: walk.moves("inspector")[-1][1] == "waiting")
        context = json.loads(walk.next()[0])[0]["context"]
        assert (context["lines"], context["errors"]) == (5, 2)
        assert context["levels"] == {"INFO": 2, "WARNING": 1, "ERROR": 2}
        assert context["report"] == ["2 of 5 lines are errors"] * 2
        said = walk.machines["config/worker.yaml"].stderr()
        assert "2 of 5 lines are errors" in said
        assert "inspector has read app.log" in said
        walk.next()
        walk.ended()

        walk.next()
        walk.ended()
        (report,) = walk.context("report")["report"]
        assert report.startswith("app.log has 5 lines: {")
        assert report in walk.machines["report.yaml"].stderr()

        walk.next()
        refused = walk.machines["config/worker.yaml"]
        assert refused.wait(PATIENCE) == 78
        for missing in ("count_levels", "compare"):
            assert f"there is no action '{missing}'" in refused.stderr()


@pytest.mark.req("A2")
@pytest.mark.req("A7")
@pytest.mark.req("C3")
@pytest.mark.req("D4")
def test_ping_pong(follow: Follow) -> None:
    with follow("ping_pong") as walk:
        walk.next(3)
        walk.ended()
        walk.next()
        places = {row["machine"]: (row["state"], row["status"]) for row in walk.ask("machine-state")}
        assert places == {"ping": ("game_over", "finished"), "pong": ("game_over", "finished")}
        assert walk.context("pong")["received"] == [1, 2, 3, 4, 5]
        ping = walk.context("ping")
        assert (ping["sent"], ping["rounds"], ping["came_back"]) == (5, 5, 5)
        events = [(row["target"], row["type"], row["status"]) for row in reversed(walk.ask("list-events"))]
        rally = [("pong", "ping", "processed"), ("ping", "pong", "processed")] * 5
        assert events == [("ping", "serve", "processed"), *rally]
        assert "5 rounds played" in walk.machines["ping.yaml"].stderr()


@pytest.mark.req("A7")
@pytest.mark.req("C2")
@pytest.mark.req("C4")
@pytest.mark.req("F4")
def test_simple_worker(follow: Follow) -> None:
    with follow("simple_worker") as walk:
        walk.next(2)
        walk.until(lambda: len(walk.ask("list", "--status", "completed")) == 2)
        listed, details = walk.next()
        assert ("job_001" in listed, "working on scan 7.png" in details) == (True, True)
        walk.until(lambda: walk.moves("simple_worker")[-1:] == [("completed", "waiting", "next_job")])

        walk.next()
        by_a_job = [
            ("waiting", "processing", "new_job"),
            ("processing", "completed", "job_done"),
            ("completed", "waiting", "next_job"),
        ]
        by_events = [
            ("waiting", "processing", "new_job"),
            ("processing", "completed", "job_done"),
            ("completed", "waiting", "new_job"),
            ("waiting", "processing", "new_job"),
            ("processing", "completed", "job_done"),
        ]
        moves = [("initializing", "waiting", "initialized"), *by_a_job, *by_a_job, *by_events]
        walk.until(lambda: len(walk.moves("simple_worker")) >= len(moves))
        states, events, history = walk.next()
        assert json.loads(states)[0]["state"] == "completed"
        assert events.count("new_job") == 2
        assert "next_job" in history
        assert walk.context("simple_worker")["last_output"].endswith("working on no job of the queue")
        walk.next()
        walk.ended()
        assert walk.moves("simple_worker") == [*moves, ("completed", "completed", "stop")]
        said = walk.machines["examples/simple_worker/config/worker.yaml"].stderr()
        assert "working on image.jpg" in said

        walk.next(2)
        walk.until(lambda: len(walk.ask("list", "--status", "completed")) == 3)
        walk.next()
        walk.ended()


@pytest.mark.req("C4")
def test_a_stop_of_the_simple_worker_goes_before_its_next_job(workspace: Workspace) -> None:
    workspace.run("statemachine-db", "send-event", "--target", "simple_worker", "--type", "stop")
    workspace.run("statemachine-db", "add-job", "job", "--type", "image_processing")
    running = workspace.start("statemachine", EXAMPLES / "simple_worker/config/worker.yaml")
    assert running.wait(PATIENCE) == 0, running.stderr()
    listed = json.loads(workspace.run("statemachine-db", "list", "--format", "json").stdout)
    assert {row["id"]: row["status"] for row in listed} == {"job": "pending"}


@pytest.mark.req("C7")
@pytest.mark.req("F4")
def test_controller_and_worker(follow: Follow) -> None:
    with follow("controller_worker") as walk:
        (listed,) = walk.next()
        assert listed.count("completed") == 3
        jobs = walk.ask("list", "--type", "shrink")
        assert sorted(job["payload"]["file"] for job in jobs) == ["a.png", "b.png", "two words.png"]
        assert {row["machine"]: row["state"] for row in walk.ask("machine-state")} == {
            "controller": "completed",
            "worker": "stopped",
        }

        walk.next(3)
        walk.ended()
        _, errors, history = walk.next()
        assert ("no image" in errors, "jobs_failed" in history) == (True, True)
        assert [(job["payload"]["file"], job["status"]) for job in walk.ask("list", "--limit", "2")] == [
            ("broken.png", "failed"),
            ("good.png", "completed"),
        ]
        assert "2 jobs have ended" in walk.machines["config/controller.yaml"].stderr()


@pytest.mark.req("C7")
@pytest.mark.req("F4")
def test_batch(follow: Follow) -> None:
    with follow("batch") as walk:
        walk.next(2)
        walk.until(lambda: walk.moves("batch")[-1:] == [("awaiting", "looking", "jobs_failed")])
        _, _, details = walk.next()
        assert "a house is rendered" in details
        assert {job["id"]: job["status"] for job in walk.ask("list")} == {
            "a": "completed",
            "b": "completed",
            "c": "failed",
        }
        assert {row["machine"]: row["state"] for row in walk.ask("machine-state")} == {
            "batch": "looking",
            "render_a": "done",
            "render_b": "done",
            "render_c": "failed",
        }
        walk.next()
        walk.until(lambda: walk.moves("batch")[-1:] == [("awaiting", "looking", "jobs_completed")])
        (history,) = walk.next()
        assert history.count("jobs_found") == 2
        walk.next()
        walk.ended()


@pytest.mark.req("C7")
@pytest.mark.req("F3")
def test_the_controller_of_the_batch_is_killed_and_each_job_is_done_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    ensure_runtime_dir()
    jobs = {"a", "b", "c"}
    for id in sorted(jobs):
        workspace.run("statemachine-db", "add-job", id, "--type", "render", "--payload", '{"scene": "a house"}')
    with Watch(workspace) as watch:
        killed = workspace.start("statemachine", EXAMPLES / "batch/controller.yaml")
        watch.until(lambda: bool(watch.query("SELECT 1 FROM machine_state WHERE machine_name = 'render_a'")), killed)
        killed.kill()
        running = workspace.start("statemachine", EXAMPLES / "batch/controller.yaml")
        round_over = "SELECT 1 FROM transition_history WHERE machine_name = 'batch' AND event = 'jobs_completed'"
        watch.until(lambda: bool(watch.query(round_over)), running)
        assert watch.query("SELECT id, status, attempts FROM jobs ORDER BY id") == [
            (id, "completed", 1) for id in sorted(jobs)
        ]
        assert {child for (child,) in watch.query("SELECT machine_name FROM machine_state")} == {
            "batch",
            *(f"render_{id}" for id in jobs),
        }
        assert running.stop() == 0
