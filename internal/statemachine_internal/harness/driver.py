"""Takes turns until the machine waits, and moves the clock from one due time to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from statemachine_internal.actions.names import namespace
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import Child, End
from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.errors import StateMachineError
from statemachine_internal.harness import progress
from statemachine_internal.harness.fakes import Fakes, FakingRegistry, Unfaked
from statemachine_internal.harness.seen import Call
from statemachine_internal.interpolation import interpolate
from statemachine_internal.runtime import clock
from statemachine_internal.runtime.clock import SECOND
from statemachine_internal.runtime.leaving import leave
from statemachine_internal.runtime.live import Live, Machine, Phase
from statemachine_internal.runtime.performing import Patience, perform
from statemachine_internal.runtime.program import Failure
from statemachine_internal.runtime.progress import Progress
from statemachine_internal.runtime.resume import take_over
from statemachine_internal.runtime.turn import Inputs, Turn
from statemachine_internal.service.records import MachineLog
from statemachine_internal.store.connection import in_memory
from statemachine_internal.store.protocol import Process
from statemachine_internal.store.sqlite import SqliteStore

MOST_TURNS = 10_000  # with faked actions between them
MOST_LISTS = 3  # turns in a row that end within a list, each of a thousand actions


class Restless(StateMachineError):
    """The machine goes on and on without waiting for anything."""

    code = "restless"

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(f"the machine does not come to rest (it is in '{state}'): its actions emit events in a circle")


class InsideLoop(StateMachineError):
    """An action that really runs can't do so within a coroutine of the test."""

    code = "inside_loop"

    def __init__(self, type: str) -> None:
        self.type = type
        super().__init__(f"{type} needs an event loop of its own; use the harness in a test that is no coroutine")


class Silent:
    """A logger that keeps nothing: what a machine says stands in its feed."""

    def bind(self, **_: object) -> Silent:
        """The same."""
        return self

    def debug(self, text: str, **_: object) -> None:
        """Nothing."""

    info = warning = error = debug


class NoChildren:
    """Machines that are started stay what the test makes of them."""

    def start(self, child: Child) -> None:
        """Nothing is started."""

    def watch(self, name: str, process: Process) -> None:
        """Nothing ends."""

    def holds(self, name: str) -> bool:  # noqa: ARG002
        """No process is watched."""
        return False

    def end_of(self, name: str) -> End | None:  # noqa: ARG002
        """No process has ended."""
        return None


@dataclass(kw_only=True)
class Acting:
    """The action at work: what comes of it, and when."""

    end: Outcome | Failure
    due: int


class Driver:
    """A machine under test. ``now`` is its clock, in microseconds since 1970."""

    def __init__(
        self,
        definition: MachineDefinition,
        name: str,
        *,
        fakes: Fakes,
        registry: FakingRegistry,
        context: Mapping[str, Any],
        now: int,
        commands: bool,
    ) -> None:
        self.now = now
        self.calls: list[Call] = []
        self.alive: set[str] = set()
        self.store = SqliteStore(":memory:", in_memory())
        log = MachineLog(Silent())  # type: ignore[arg-type]  # it has all that a MachineLog calls
        self.machine = Machine(name, definition, registry, self.store, log)
        self.machine.is_alive = self.alive.__contains__
        self._fakes, self._registry, self._commands = fakes, registry, commands
        self._acting: Acting | None = None
        self.live = self.begin(context)

    @property
    def finished(self) -> bool:
        """Whether the machine is in a final state."""
        return self.live.phase is Phase.FINISHED

    def begin(self, context: Mapping[str, Any]) -> Live:
        """A process takes the machine over."""
        self._acting = None
        with clock.told_by(lambda: self.now):
            live, _ = take_over(self.machine, fresh=False, initial_context=context, control_path=None)
            self.machine.children = NoChildren()
        return live

    def use(self, definition: MachineDefinition, registry: FakingRegistry) -> None:
        """Go on by another definition, from the next start on."""
        self.machine.definition, self.machine.registry = definition, registry
        self._registry = registry

    def settle(self) -> None:
        """Take turns until the machine waits for an event, for a time, for an action, or has ended."""
        with clock.told_by(lambda: self.now):
            woken, restless = True, 0
            for _ in range(MOST_TURNS):
                end = None
                if self._acting is not None and self._acting.due <= self.now:
                    end, self._acting = self._acting.end, None
                turn = self._turn(Inputs(end=end, acting=self._acting is not None, woken=woken))
                woken = False
                restless = restless + 1 if turn.more and self.live.phase is Phase.READY else 0
                if restless == MOST_LISTS:
                    break
                if turn.interrupt:
                    self._acting, woken = None, True
                elif self.finished:
                    return
                elif self.live.phase is Phase.ACTING and self._acting is None and not turn.more:
                    self._acting = self._act()
                elif not turn.more:
                    return
            raise Restless(self.live.snapshot.state)

    def advance(self, seconds: float) -> None:
        """Let time pass, and everything happen that comes due on the way, each at its time."""
        if seconds < 0:
            raise ValueError(f"time doesn't go back: {seconds:g} seconds")
        until = self.now + round(seconds * SECOND)
        self.settle()
        while (due := self._next_due()) is not None and due <= until and not self.finished:
            self.now = max(self.now, due)
            self.settle()
        self.now = until

    def stop(self) -> None:
        """End the process in order."""
        with clock.told_by(lambda: self.now):
            self._turn(Inputs(last="the test stops it"))
            leave(self.machine)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a named query."""
        return self.store.fetched(sql, values)

    def _turn(self, inputs: Inputs) -> Turn:
        turn = Turn(self.machine, self.live, self.now, inputs)
        turn.run()
        self.live = turn.draft.live
        return turn

    def _next_due(self) -> int | None:
        due = [*self.live.timers.values()]
        if self._acting is not None:
            due.append(self._acting.due)
        delayed = self.store.next_due(self.machine.name, self.now)
        return min([*due, *([] if delayed is None else [delayed])], default=None)

    def _act(self) -> Acting:
        """Begin the action at the cursor."""
        spec, snapshot = self.live.spec, self.live.snapshot
        names = namespace(
            machine=self.machine.name,
            state=snapshot.state,
            context=snapshot.context,
            action_key=snapshot.action_key,
            now=self.now,
        )
        if (before := progress.so_far(self.machine, snapshot.context)) is not None:
            names["job_progress"] = before
        fake = self._fakes.take(spec.type, snapshot.state)
        config: dict[str, Any] = {key: interpolate(value, names) for key, value in spec.config.items()}
        self.calls.append(Call(type=spec.type, state=snapshot.state, config=config, action_key=snapshot.action_key))
        if fake is not None:
            end = fake.end(replace(spec, config=config))
            told = fake.progress
            if told is not None and progress.tell(self.machine, snapshot.context, told, self.now):
                end = progress.remembered(end, snapshot.context, told)
            return Acting(end=end, due=self.now + round(fake.seconds * SECOND))
        if self._registry.is_custom(spec) or self._commands:
            return Acting(end=self._really(spec.type), due=self.now)
        raise Unfaked(spec, snapshot.state)

    def _really(self, type: str) -> Outcome | Failure:
        """Run the action at the cursor to its end."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self._perform())
        raise InsideLoop(type)

    async def _perform(self) -> Outcome | Failure:
        heard = Progress(self.machine, self.live.snapshot.context, lambda _: None, lambda: None)
        return await perform(self.machine, self.live, Patience(), heard)
