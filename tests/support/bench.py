"""Machines inside the test's own process: real store on disk, real socket, real turns, and no sleeping.

::

    bench.play(scenario())          an event loop of its own
    async with bench.run(TEXT):     a machine, from its start to its end
    await bench.until(what)         looks again after each commit of any machine here, and when ``stir`` is called
    bench.clock.skip(60)            a minute later, for the machines
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import apsw
import pytest

from statemachine_internal.actions import registry
from statemachine_internal.control.addresses import control_path
from statemachine_internal.control.doorbell import ring
from statemachine_internal.runtime import clock, engine, leaving, performing, points, resume
from statemachine_internal.runtime.engine import Engine
from statemachine_internal.runtime.host import Host
from statemachine_internal.runtime.options import Options
from statemachine_internal.store.protocol import EventStatus, MachineRow, NewEvent
from statemachine_internal.store.sqlite import SqliteStore
from support import acts
from support.acts import Gate
from support.sender import Sender
from support.workspace import Workspace

T = TypeVar("T")

PATIENCE = 10.0  # seconds


class Clock:
    """The wall clock of the machines, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead = 0
        self._real = clock.now

    def now(self) -> int:
        return self._real() + self.ahead

    def skip(self, seconds: float) -> None:
        self.ahead += round(seconds * clock.SECOND)


@dataclass(kw_only=True, eq=False)
class Run:
    """A machine at work."""

    name: str
    host: Host
    task: asyncio.Task[str]
    bench: Bench
    _senders: list[Sender] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        """What drives it."""
        assert self.host._engine is not None
        return self.host._engine

    def sender(self) -> Sender:
        """A new connection to its control socket."""
        sender = Sender(control_path(self.name, self.host.options.control_socket_prefix))
        self._senders.append(sender)
        return sender

    async def send(self, type: str, payload: dict[str, Any] | None = None, **rest: Any) -> int:
        """Send one event, and return its id once it is accepted."""
        reply = await self.sender().send(type, payload, **rest)
        assert reply.ok, reply
        assert reply.id is not None
        return reply.id

    async def ended(self) -> str:
        """Wait for its end; returns the reason."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(self.task)

    async def stop(self) -> str:
        """End it in order."""
        self.host.stop("the test is over")
        return await self.ended()

    def skip(self, seconds: float) -> None:
        """Later, and the machine looks at the clock."""
        self.bench.clock.skip(seconds)
        self.engine.poke()

    def close(self) -> None:
        for sender in self._senders:
            sender.close()


class Bench:
    """Where machines run; ``acts``, ``runs`` and ``instants`` are what their actions do."""

    def __init__(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workspace = workspace
        for name, value in workspace.env.items():
            if name.startswith("STATEMACHINE_"):
                monkeypatch.setenv(name, value)
        self.clock = Clock()
        for module in (clock, engine, leaving, performing, resume):
            monkeypatch.setattr(module, "now", self.clock.now)
        monkeypatch.setattr(points, "reached", self._reached)
        for type_name, place in acts.TYPES.items():
            monkeypatch.setitem(registry.BUILT_INS, type_name, place)
        self.acts, self.runs, self.instants = acts.ACTS, acts.RUNS, acts.INSTANTS
        self.commits = 0
        self.at_point: dict[str, Callable[[], None]] = {}
        self.store = SqliteStore(str(workspace.database))
        self._reader = apsw.Connection(str(workspace.database))
        self._waiting: list[asyncio.Future[None]] = []
        self._runs: list[Run] = []

    def close(self) -> None:
        self.store.close()
        self._reader.close()
        for known in (self.acts, self.runs, self.instants):
            known.clear()

    def gate(self, event: str | None = None, error: Exception | None = None, *, name: str = "work") -> Gate:
        """An action that ends when the test says so: ``{type: act, do: work}``."""
        gate = acts.Gate(event, error)
        self.acts[name] = gate
        return gate

    # running

    def play(self, scenario: Coroutine[Any, Any, T]) -> T:
        """Run a scenario on an event loop of its own."""
        return asyncio.run(scenario)

    def write(self, text: str, name: str = "m") -> Path:
        """Write the definition of a machine."""
        return self.workspace.write(f"{name}.yaml", text)

    @contextlib.asynccontextmanager
    async def run(self, text: str, name: str = "m", *, signals: bool = False, **options: Any) -> AsyncIterator[Run]:
        """A machine, from its start to its end, which is waited for."""
        config = str(self.write(text, name))
        host = Host(Options(config=config, machine_name=name, **options), program=signals)
        task = asyncio.get_running_loop().create_task(host.run())
        task.add_done_callback(lambda _: self.stir())
        run = Run(name=name, host=host, task=task, bench=self)
        self._runs.append(run)
        try:
            await self.until(lambda: task.done() or host._engine is not None)
            yield run
            if not task.done():
                await run.stop()
            await task
        finally:
            run.close()
            self._runs.remove(run)
            if not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=PATIENCE)

    # waiting

    def stir(self) -> None:
        """Something happened; those who wait look again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, truth: Callable[[], T]) -> T:
        """Wait until something is so, and return it."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE):
                while not (value := truth()):
                    for run in self._runs:
                        if run.task.done() and not run.task.cancelled() and run.task.exception() is not None:
                            raise AssertionError(f"machine {run.name} failed") from run.task.exception()
                    future: asyncio.Future[None] = loop.create_future()
                    self._waiting.append(future)
                    try:
                        await future
                    finally:
                        self._waiting.remove(future)
        except TimeoutError:
            raise AssertionError(f"waited in vain; the feed: {self.feed()}") from None
        return value

    def _reached(self, point: str) -> None:
        if point in self.at_point:
            self.at_point[point]()
        if point == points.COMMITTED:
            self.commits += 1
            self.stir()

    # rows

    def put(
        self, type: str, payload: dict[str, Any] | None = None, *, to: str = "m", not_before: int = 0, wake: bool = True
    ) -> int:
        """Store an event as another process would, and ring."""
        event = NewEvent(target=to, type=type, payload=json.dumps(payload or {}), source="other", not_before=not_before)
        with self.store.transaction():
            id, _ = self.store.accept(event, EventStatus.PENDING, self.clock.now())
        if wake:
            ring(control_path(to))
        return id

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._reader.cursor().execute(sql, values).fetchall()

    def row(self, name: str = "m") -> MachineRow:
        """The machine's row."""
        row = self.store.machine(name)
        assert row is not None
        return row

    def state(self, name: str = "m") -> str:
        return self.row(name).place.state

    def rests_in(self, state: str, name: str = "m") -> bool:
        """Whether the machine waits there."""
        place = self.row(name).place
        return place.state == state and place.status.value == "waiting"

    def context(self, name: str = "m") -> dict[str, Any]:
        context: dict[str, Any] = json.loads(self.row(name).place.context)
        return context

    def feed(self, type: str | None = None, name: str = "m") -> list[dict[str, Any]]:
        """The payloads of the machine's feed rows."""
        return [
            json.loads(r.payload) for r in self.store.feed(0, 100_000) if r.machine == name and type in (None, r.type)
        ]

    def moves(self, name: str = "m") -> list[tuple[str, str, str]]:
        """The history: from, to, event."""
        return [(p["from"], p["to"], p["event"]) for p in self.feed("state_change", name)]

    def taken(self, name: str = "m") -> list[str]:
        """The events of the history, without the start."""
        return [event for _, _, event in self.moves(name)[1:]]

    def said(self, name: str = "m") -> list[str]:
        """What the machine's ``log`` actions said."""
        return [p["message"] for p in self.feed("activity_log", name)]

    def events(self, name: str = "m") -> list[tuple[str, str]]:
        """Type and status of all events of the machine, oldest first."""
        return self.query("SELECT type, status FROM machine_events WHERE target = ? ORDER BY id", name)
