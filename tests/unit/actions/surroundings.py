"""A machine that runs one action at a time on a real database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from statemachine_internal.actions.base import InstantAction
from statemachine_internal.actions.names import job_id_of, namespace
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.registry import Registry
from statemachine_internal.actions.scope import Child, End, InstantScope
from statemachine_internal.definition.model import ActionSpec, Position
from statemachine_internal.store.job_protocol import Job, NewJob
from statemachine_internal.store.protocol import (
    EventStatus,
    FeedRow,
    InboxEvent,
    MachineStatus,
    NewEvent,
    Place,
    Process,
)
from statemachine_internal.store.sqlite import SqliteStore

NOW = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
SECOND = 1_000_000


@dataclass
class HeardLog:
    """Keeps what an action says."""

    messages: list[tuple[str, str]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def message(self, text: str, level: str) -> None:
        self.messages.append((text, level))

    def output(self, stream: str, line: str) -> None:
        self.lines.append((stream, line))

    def warning(self, text: str) -> None:
        self.warnings.append(text)


@dataclass
class Processes:
    """The children that an action wants started and watched, and what is known of them."""

    started: list[Child] = field(default_factory=list)
    watched: list[tuple[str, int]] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    ends: dict[str, End] = field(default_factory=dict)

    def start(self, child: Child) -> None:
        self.started.append(child)

    def watch(self, name: str, process: Process) -> None:
        self.watched.append((name, process.pid))

    def holds(self, name: str) -> bool:
        return name in self.held

    def end_of(self, name: str) -> End | None:
        return self.ends.get(name)


def spec_of(config: Mapping[str, Any], line: int = 1) -> ActionSpec:
    """The spec that the loader makes of ``config``: ``params`` and flat keys merged."""
    params = config.get("params") or {}
    merged = {**params, **config}
    return ActionSpec(type=config["type"], config=merged, position=Position(file="m.yaml", line=line, column=5))


@dataclass
class Surroundings:
    """The machine ``worker`` in the state ``working``, at ``now``."""

    store: SqliteStore
    now: int = NOW
    action_key: str = "worker:7:0"
    context: dict[str, Any] = field(default_factory=dict)
    volatile: dict[str, Any] = field(default_factory=dict)
    log: HeardLog = field(default_factory=HeardLog)
    rung: list[str] = field(default_factory=list)
    alive: set[str] = field(default_factory=set)
    children: Processes = field(default_factory=Processes)

    def scope(self, due: int | None = None) -> InstantScope:
        return InstantScope(
            machine="worker",
            state="working",
            action_key=self.action_key,
            now=self.now,
            context=self.context,
            names=namespace(
                machine="worker", state="working", context=self.context, action_key=self.action_key, now=self.now
            ),
            volatile=self.volatile,
            log=self.log,
            job_id=job_id_of(self.context),
            due=due,
            store=self.store,
            ring=self.rung.append,
            tell_job=lambda type, payload: self._feed(type, payload, None),
            feed=self._feed,
            is_alive=self.alive.__contains__,
            children=self.children,
        )

    def perform(self, config: Mapping[str, Any], *, due: int | None = None) -> Outcome:
        """Run a built-in action in a transaction of its own; what fails is rolled back."""
        scope = self.scope(due)
        action = Registry().create(spec_of(config), scope.names)
        assert isinstance(action, InstantAction)
        with self.store.transaction():
            return action.perform(scope)

    def machine(self, name: str, state: str = "waiting", *, alive: bool = True) -> None:
        """Another machine's row, and its process."""
        place = Place(state=state, status=MachineStatus.WAITING, entry=1, via="", list_start=0, cursor=0, list_end=0)
        process = Process(pid=1, boot_id="boot")
        with self.store.transaction():
            self.store.create(name, place, digest="", config_type="", control_path=None, process=process, now=NOW)
        if alive:
            self.alive.add(name)

    def accept(self, type: str, *, target: str = "worker", payload: str = "{}", job_id: str | None = None) -> int:
        """An event in an inbox."""
        event = NewEvent(source="tester", target=target, type=type, payload=payload, job_id=job_id)
        with self.store.transaction():
            return self.store.accept(event, EventStatus.PENDING, NOW)[0]

    def add_job(self, id: str, **fields: Any) -> None:
        """A job in the queue, of type ``resize`` unless ``fields`` say otherwise."""
        with self.store.transaction():
            assert self.store.jobs.add(NewJob(id=id, **{"type": "resize", **fields}), self.now)

    def job(self, id: str) -> Job:
        found = self.store.jobs.get(id)
        assert found is not None
        return found

    def take(self, outcome: Outcome) -> Outcome:
        """Do to the context what the runtime does with an outcome."""
        kept = {key: value for key, value in self.context.items() if key not in outcome.removed}
        self.context = {**kept, **outcome.changes}
        return outcome

    def parked(self, name: str, waits_for: Mapping[str, Any]) -> None:
        """Another machine, parked at an action that waits for something."""
        import json

        self.machine(name)
        self.store._cursor.execute(
            "UPDATE machine_state SET waits_for = ? WHERE machine_name = ?", (json.dumps(waits_for), name)
        )

    def inbox(self, target: str) -> list[InboxEvent]:
        """What is pending for a machine, however long it is delayed."""
        return self.store.pending(target, NOW * 2, 1000)

    def feed_rows(self) -> list[FeedRow]:
        return self.store.feed(0, 1000)

    def event_rows(self, *columns: str) -> list[tuple[Any, ...]]:
        """All rows of machine_events."""
        import apsw

        reader = apsw.Connection(self.store.path, flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return list(reader.cursor().execute(f"SELECT {', '.join(columns)} FROM machine_events ORDER BY id"))
        finally:
            reader.close()

    def _feed(self, type: str, payload: Mapping[str, Any], event_id: int | None) -> int:
        import json

        return self.store.append("worker", type, json.dumps(payload, ensure_ascii=False), self.now, event_id)
