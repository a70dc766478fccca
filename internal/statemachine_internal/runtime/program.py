"""Running the action list: what commits together with the step, up to the first action that awaits."""

from __future__ import annotations

import random
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from statemachine_internal.actions.base import InstantAction, as_json
from statemachine_internal.actions.names import ENGINE_NAMES, job_id_of, namespace
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.definition.model import ActionSpec, Retry
from statemachine_internal.errors import ActionError, StoreError, StoreRefused
from statemachine_internal.machine import Snapshot, Trigger, TriggerKind, advance, step
from statemachine_internal.runtime.children import DeferredChildren
from statemachine_internal.runtime.clock import SECOND
from statemachine_internal.runtime.draft import Draft
from statemachine_internal.runtime.live import ACTION_TIMER, Phase

STEPS_PER_TURN = 1000
POISON_LIMIT = 3
JOBS_PER_COMMIT = 8  # of those that instant actions work off; others wait for the write lock meanwhile


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why an action failed. ``details`` go into the context; ``poison`` and ``final`` rule a retry out."""

    message: str
    event: str | None = None
    details: Mapping[str, Any] | None = None
    traceback: str | None = None
    poison: bool = False
    final: bool = False


def failure_of(error: BaseException) -> Failure:
    """An exception as a failure; only an unforeseen one brings its traceback."""
    if isinstance(error, ActionError):
        return Failure(message=str(error), event=error.event, details=error.details)
    text = "".join(traceback.format_exception(error))
    return Failure(message=f"{type(error).__name__}: {error}", traceback=text)


def run_list(draft: Draft, steps: int = STEPS_PER_TURN) -> int:
    """Run the actions that never await, until one that does, a wait, or the end of the list.

    Returns how many of ``steps`` are left; at 0 the machine stays READY, so that a definition that never comes to rest
    still lets its socket and its stop signal be served between two commits. So it does once it has claimed its share.
    """
    while draft.live.phase is Phase.READY:
        live = draft.live
        snapshot = live.snapshot
        if snapshot.list_done:
            draft.rest()
            break
        if not steps or draft.claims >= JOBS_PER_COMMIT:
            break
        steps -= 1
        spec = live.spec
        if spec.when is not None and not spec.when.holds(snapshot.context, snapshot.context.get("event_data", {})):
            draft.move(advance(snapshot))
        elif draft.machine.registry.is_instant(spec):
            _perform(draft, spec)
        else:
            _count_start(draft, spec)
    return steps


def finish(draft: Draft, end: Outcome | Failure) -> None:
    """The awaiting action at the cursor has come back."""
    if isinstance(end, Failure):
        fail(draft, draft.live.spec, end)
    else:
        apply(draft, end)


def _perform(draft: Draft, spec: ActionSpec) -> None:
    snapshot, machine = draft.live.snapshot, draft.machine
    names = namespace(
        machine=machine.name,
        state=snapshot.state,
        context=snapshot.context,
        action_key=snapshot.action_key,
        now=draft.now,
    )
    job_id = job_id_of(snapshot.context)
    scope = InstantScope(
        machine=machine.name,
        state=snapshot.state,
        action_key=snapshot.action_key,
        now=draft.now,
        context=snapshot.context,
        names=names,
        volatile=machine.volatile,
        log=_DeferredLog(draft, spec.type, job_id),
        job_id=job_id,
        due=draft.live.timers.get(ACTION_TIMER),
        store=draft.store,
        ring=draft.ring,
        tell_job=draft.tell_job,
        feed=draft.feed,
        is_alive=machine.is_alive,
        children=DeferredChildren(draft),
    )
    try:
        action = machine.registry.create(spec, names)
        assert isinstance(action, InstantAction)
        outcome = action.perform(scope)
    except StoreRefused as error:
        fail(draft, spec, Failure(message=str(error)))
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - the border where an action's fault becomes a row
        fail(draft, spec, failure_of(error))
    else:
        apply(draft, outcome)


def _count_start(draft: Draft, spec: ActionSpec) -> None:
    """The action at the cursor awaits: count its start, which is stored before it begins (poison)."""
    snapshot = draft.live.snapshot
    limit = POISON_LIMIT if spec.retry is None else max(1, spec.retry.max)
    if snapshot.attempts >= limit:
        times = "once" if snapshot.attempts == 1 else f"{snapshot.attempts} times"
        message = f"was started {times} and its process ended each time before it did; it is not started again"
        fail(draft, spec, Failure(message=message, poison=True))
        return
    draft.move(replace(snapshot, attempts=snapshot.attempts + 1), Phase.ACTING)


def apply(draft: Draft, outcome: Outcome) -> None:
    """What an action brought: context, a wait, an event, or just the next action."""
    snapshot = draft.live.snapshot
    if outcome.changes or outcome.removed:
        context = {key: value for key, value in snapshot.context.items() if key not in outcome.removed}
        context.update((key, value) for key, value in outcome.changes.items() if key not in ENGINE_NAMES)
        snapshot = replace(snapshot, context=context)
    waits = outcome.wait_until is not None or outcome.waits_for is not None
    if waits and not _leads_on(draft, snapshot, outcome.event):
        if snapshot.attempts:
            snapshot = replace(snapshot, attempts=0)
        draft.wait(snapshot, outcome.wait_until, outcome.waits_for)
    else:
        _go_on(draft, snapshot, outcome.event, 1)


def _leads_on(draft: Draft, snapshot: Snapshot, event: str | None) -> bool:
    """Whether the event of an action that found nothing, and would wait, has somewhere to lead.

    A transition back into the same state is taken once, so that the history tells of it; the list that it begins finds
    nothing either, and waits.
    """
    definition = draft.machine.definition
    if not event or definition.ends(snapshot.state, snapshot.via):
        return False
    taken = step(definition, snapshot, Trigger(kind=TriggerKind.EMITTED, name=event))
    if taken.transition is None:
        return False
    return taken.changed_state or taken.transition.key != snapshot.via


def fail(draft: Draft, spec: ActionSpec, failure: Failure) -> None:
    """An action failed: try again later, or say so in the context and emit its error event (C8, C11)."""
    snapshot = draft.live.snapshot
    retry = spec.retry
    again = retry is not None and snapshot.failures < retry.max and not (failure.poison or failure.final)
    delay = _delay(retry, snapshot.failures) if retry is not None and again else None
    _record_failure(draft, spec, failure, delay)
    if delay is not None:
        draft.wait(
            replace(snapshot, attempts=0, failures=snapshot.failures + 1), draft.now + round(delay * SECOND), None
        )
        return
    context = {
        **snapshot.context,
        **_storable(failure.details or {}),
        "last_error": failure.message,
        "last_error_action": spec.type,
    }
    event = failure.event or spec.error or "error"
    _go_on(draft, replace(snapshot, context=context), event, 1 + spec.skip_on_failure)


def _storable(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details of a failure come from anywhere; what JSON can't carry is told as text."""
    return {str(key): ascii(value) if as_json(value) is None else value for key, value in details.items()}


def _go_on(draft: Draft, snapshot: Snapshot, event: str | None, count: int) -> None:
    """Take the emitted event if the state has a transition for it; else the next action is next."""
    definition = draft.machine.definition
    if event and not definition.ends(snapshot.state, snapshot.via):
        trigger = Trigger(kind=TriggerKind.EMITTED, name=event)
        taken = step(definition, snapshot, trigger)
        if taken.transition is not None:
            draft.enter(taken, trigger)
            return
    draft.move(advance(snapshot, count=count))


def _record_failure(draft: Draft, spec: ActionSpec, failure: Failure, delay: float | None) -> None:
    snapshot = draft.live.snapshot
    job_id = job_id_of(snapshot.context)
    payload: dict[str, Any] = {
        "state": snapshot.state,
        "action": spec.type,
        "action_key": snapshot.action_key,
        "error": failure.message,
        "attempt": snapshot.failures + 1,
    }
    if failure.traceback:
        payload["traceback"] = failure.traceback
    if job_id is not None:
        payload["job_id"] = job_id
    if delay is not None:
        payload["retry_in"] = round(delay, 3)
    draft.feed("error", payload)
    if failure.poison:
        draft.record(partial(draft.machine.log.poison, spec.type, snapshot.attempts, snapshot.state, job_id))
        return
    draft.record(
        partial(
            draft.machine.log.action_failed,
            spec.type,
            snapshot.state,
            failure.message,
            traceback=failure.traceback,
            job_id=job_id,
            attempt=snapshot.failures + 1,
            retry_in=delay,
        )
    )


def _delay(retry: Retry, failures: int) -> float:
    """Seconds until the next try; spread, so that what failed together doesn't come back together."""
    delay = min(retry.backoff * retry.factor**failures, retry.max_backoff)
    return delay * (1 + random.uniform(-retry.jitter, retry.jitter))


class _DeferredLog:
    """The words of an instant action: they are written once what they speak of is stored."""

    __slots__ = ("_action", "_draft", "_job_id")

    def __init__(self, draft: Draft, action: str, job_id: str | None) -> None:
        self._draft, self._action, self._job_id = draft, action, job_id

    def message(self, text: str, level: str) -> None:
        """A line for people."""
        state = self._draft.live.snapshot.state
        self._draft.record(partial(self._draft.machine.log.action_log, text, level, state, self._job_id))

    def output(self, stream: str, line: str) -> None:
        """A line of a command."""
        state = self._draft.live.snapshot.state
        self._draft.record(
            partial(self._draft.machine.log.action_output, self._action, stream, line, state, self._job_id)
        )

    def warning(self, text: str) -> None:
        """Something that the administrator should know."""
        state = self._draft.live.snapshot.state
        self._draft.record(partial(self._draft.machine.log.warning, text, action=self._action, state=state))
