"""One run of one awaiting action, from its start to an outcome or a failure."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from statemachine_internal.actions.base import BaseAction
from statemachine_internal.actions.names import job_id_of, namespace
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import Scope
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.errors import ActionError
from statemachine_internal.runtime import points
from statemachine_internal.runtime.clock import now
from statemachine_internal.runtime.live import Live, Machine
from statemachine_internal.runtime.program import Failure, failure_of
from statemachine_internal.runtime.progress import Progress
from statemachine_internal.service.records import MachineLog

T = TypeVar("T")

BLOCKED_SECONDS = 1.0
CANCEL_SECONDS = 10.0  # what a cancelled action gets before it is closed


@dataclass(slots=True)
class Patience:
    """How long an action may take to heed its cancellation: until this has run ``out``, when it is closed."""

    out: bool = False


async def perform(machine: Machine, live: Live, patience: Patience, progress: Progress) -> Outcome | Failure:
    """Run the action at the cursor. Cancelling this ends the action, and raises CancelledError once it has ended.

    ``progress`` hears of the machine's job, and is closed at the end.
    """
    try:
        end = await _perform(machine, live, patience, progress)
        return progress.of_failure(end) if isinstance(end, Failure) else progress.of_outcome(end)
    except ActionError as error:
        return failure_of(error)
    finally:
        progress.close()


async def _perform(machine: Machine, live: Live, patience: Patience, progress: Progress) -> Outcome | Failure:
    snapshot, spec = live.snapshot, live.spec
    at = now()
    names = namespace(
        machine=machine.name,
        state=snapshot.state,
        context=snapshot.context,
        action_key=snapshot.action_key,
        now=at,
    )
    if progress.before is not None:  # of an earlier try, which may have ended with its process
        names["job_progress"] = progress.before
    job_id = job_id_of(snapshot.context)
    scope = Scope(
        machine=machine.name,
        state=snapshot.state,
        action_key=snapshot.action_key,
        now=at,
        context=snapshot.context,
        names=names,
        volatile=machine.volatile,
        log=_ActionLog(machine.log, spec.type, snapshot.state, job_id),
        job_id=job_id,
        report_progress=progress.report,
    )
    machine.log.action_started(spec.type, snapshot.state, job_id=job_id, attempt=snapshot.failures + 1)
    points.reached(points.ACT)
    blocked = partial(machine.log.loop_blocked, spec.type, state=snapshot.state)
    timer: asyncio.Timeout | None = None
    last_word: asyncio.TimerHandle | None = None
    try:
        action = machine.registry.create(spec, names)
        limit = None if action.keeps_time else spec.timeout
        timer = asyncio.timeout(limit)
        if limit is not None:
            last_word = _end_for_good(limit + CANCEL_SECONDS, patience)
        async with timer:
            outcome: Outcome = await _watched(_work(machine, action, scope), blocked, patience)
    except asyncio.CancelledError:
        if timer is None or not timer.expired() or not patience.out:
            raise
        return Failure(message=f"timed out after {spec.timeout:g} s, and did not heed its cancellation")
    except TimeoutError as error:
        if timer is not None and timer.expired():
            return Failure(message=f"timed out after {spec.timeout:g} s")
        return failure_of(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the border where an action's fault becomes a row
        return failure_of(error)
    finally:
        if last_word is not None:
            last_word.cancel()
    points.reached(points.ACTED)
    return outcome


def _work(machine: Machine, action: BaseAction, scope: Scope) -> Coroutine[Any, Any, Outcome]:
    """The action at work; a custom one leaves no process behind."""
    if not machine.alone or action.keeps_processes or type(action).run is not BaseAction.run:
        return action.run(scope)
    from statemachine_internal.actions.process_left import ended_with  # which weighs what few machines need carry

    return ended_with(action.run(scope), machine.name, scope.action_key, scope.log.warning)


def _end_for_good(seconds: float, patience: Patience) -> asyncio.TimerHandle:
    """An action that swallows the cancellation of its time-out is cancelled once more, and then closed."""
    task = asyncio.current_task()

    def end() -> None:
        patience.out = True
        if task is not None:
            task.cancel()

    return asyncio.get_running_loop().call_later(seconds, end)


class _watched:
    """Awaits a coroutine, and names the action when it kept the loop for over a second."""

    def __init__(self, work: Coroutine[Any, Any, T], blocked: partial[None], patience: Patience) -> None:
        self._work, self._blocked, self._patience = work, blocked, patience

    def __await__(self) -> Generator[Any, Any, Any]:
        send, value = self._work.send, None
        throw: BaseException | None = None
        while True:
            started = time.monotonic()
            try:
                waits_on = send(value) if throw is None else self._work.throw(throw)
            except StopIteration as end:
                return end.value
            finally:
                self._check(started)
            throw = None
            try:
                value = yield waits_on
            except BaseException as error:  # handed on to the action, as await does
                if self._patience.out:
                    with contextlib.suppress(RuntimeError):  # it ignores even that, and is never run again
                        self._work.close()
                    raise
                throw = error

    def _check(self, started: float) -> None:
        took = time.monotonic() - started
        if took > BLOCKED_SECONDS:
            self._blocked(round(took, 3))


@dataclass(frozen=True, slots=True)
class _ActionLog:
    """The words of an awaiting action are written as they come."""

    log: MachineLog
    action: str
    state: str
    job_id: str | None

    def message(self, text: str, level: str) -> None:
        """A line for people."""
        self.log.action_log(text, level, self.state, self.job_id)

    def output(self, stream: str, line: str) -> None:
        """A line of a command."""
        self.log.action_output(self.action, stream, line, self.state, self.job_id)

    def warning(self, text: str) -> None:
        """Something that the administrator should know."""
        self.log.warning(text, action=self.action, state=self.state)


def describe(spec: ActionSpec) -> str:
    """An action in a word or two, for a status line."""
    return str(spec.config.get("description") or spec.type)
