"""Who works: our own queue, and the peers that are installed; and what each of them promises."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.peers import postgres
from statemachine_internal.jobs import queue
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.sqlite import SqliteStore
from statemachine_internal.version import VERSION
from support.workspace import ROOT, Workspace, open_workspace, program_argv

HERE = Path(__file__).parent
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
WORKER = """
name: worker
initial_state: waiting
transitions:
  - {from: waiting, to: working, event: new_job}
  - {from: working, to: waiting, event: done}
actions:
  waiting: [{type: check_database_queue, job_type: peer}]
  working: [{type: peer}]
"""
ACTION = """
import marks

from statemachine_engine.actions import BaseAction


class PeerAction(BaseAction):
    async def execute(self, context):
        marks.mark(**context["current_job"]["payload"])
        return "done"
"""


@dataclass(frozen=True, kw_only=True)
class Promises:
    """What differs between the queues, in words."""

    durable: str
    claim: str
    killed: str
    kept: str


class Contender(Protocol):
    """One of them, in a folder of its own."""

    @property
    def promises(self) -> Promises: ...

    def version(self) -> str: ...

    def place(self) -> AbstractContextManager[Workspace]:
        """Where it is to work."""
        ...

    def add(self, place: Workspace, first: int, count: int) -> None:
        """Add jobs, each in a commit of its own."""
        ...

    def worker(self, place: Workspace, name: str) -> subprocess.Popen[bytes]:
        """Start a worker, for one job at a time."""
        ...


class Ours:
    """A machine a worker; the job is a custom action."""

    promises = Promises(
        durable="one fsync a job: its end, the next claim and both transitions are one commit",
        claim="in the commit of the transition that it triggers",
        killed="by the machine that had it, with the same action_key",
        kept="each job, claim, end and transition, until pruned",
    )

    def version(self) -> str:
        return f"statemachine {VERSION}"

    @contextmanager
    def place(self) -> Iterator[Workspace]:
        with open_workspace() as place:
            place.write("worker.yaml", WORKER)
            place.write("actions/peer_action.py", ACTION)
            place.write("actions/marks.py", (HERE / "marks.py").read_text(encoding="utf-8"))
            yield place

    def add(self, place: Workspace, first: int, count: int) -> None:
        store = SqliteStore(str(place.database))
        for number in range(first, first + count):
            payload = json.dumps({"folder": str(place.path), "number": number})
            with store.transaction():
                job = NewJob(id=str(number), type="peer", payload=payload)
                queue.add(store, job, time.time_ns() // 1000, lambda _: None)
        store.close()

    def worker(self, place: Workspace, name: str) -> subprocess.Popen[bytes]:
        return _start(place, [*program_argv("statemachine"), "worker.yaml", "--machine-name", name])


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A program of this folder; see ``bench.peers``."""

    program: str
    promises: Promises
    on_postgres: bool = False

    def version(self) -> str:
        return self._run("version").strip()

    @contextmanager
    def place(self) -> Iterator[Workspace]:
        with open_workspace() as place, ExitStack() as stack:
            if self.on_postgres:
                server = place.path / "pg"
                server.mkdir()
                place.path.chmod(0o755)  # the server's user is another one
                bin = postgres.programs()
                assert bin is not None
                stack.enter_context(postgres.running(bin, server))
            yield place

    def add(self, place: Workspace, first: int, count: int) -> None:
        self._run("add", str(place.path), str(first), str(count))

    def worker(self, place: Workspace, name: str) -> subprocess.Popen[bytes]:
        return _start(place, [str(PYTHON), str(HERE / self.program), "work", str(place.path), name])

    def _run(self, *arguments: str) -> str:
        argv = [str(PYTHON), str(HERE / self.program), *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout


PEERS = (
    Peer(
        program="huey_peer.py",
        promises=Promises(
            durable="one fsync a job, when it is taken; its end is not stored",
            claim="its row is deleted in an exclusive transaction",
            killed="its row is gone",
            kept="nothing",
        ),
    ),
    Peer(
        program="dbos_peer.py",
        promises=Promises(
            durable="fsync of each commit; jobs are taken and ended in batches",
            claim="its row is given to one executor, in a transaction",
            killed="by the executor that had it",
            kept="each job with its input and output",
        ),
    ),
    Peer(
        program="procrastinate_peer.py",
        promises=Promises(
            durable="two commits a job on PostgreSQL, with fsync: taken, ended",
            claim="FOR UPDATE SKIP LOCKED",
            killed="once a task of one's own asks for stalled jobs and retries them",
            kept="each job and its events, until deleted",
        ),
        on_postgres=True,
    ),
)


def _start(place: Workspace, argv: list[str]) -> subprocess.Popen[bytes]:
    with (place.path / "workers.log").open("ab") as log:
        env = place.env | {"PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(argv, cwd=place.path, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
