"""One turn: what is ready goes into one transaction.

The order is that of the triggers: what the last action emitted (taken inside the list), a due timer, the oldest pending
event. Up to 64 events share one commit, as long as they meet only actions that never await.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from statemachine_internal.actions.names import job_id_of
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.control.envelope import accepted
from statemachine_internal.control.server import Arrival
from statemachine_internal.machine import Outcome as Verdict
from statemachine_internal.machine import Step, Trigger, TriggerKind, event_data, find_transition, step
from statemachine_internal.runtime import points
from statemachine_internal.runtime.cancelling import failure_by_cancelling, give_up_cancelled
from statemachine_internal.runtime.draft import Draft
from statemachine_internal.runtime.idling import IDLE
from statemachine_internal.runtime.incoming import row_of, trigger_of
from statemachine_internal.runtime.live import ACTION_TIMER, RESET, TAKES_EVENTS, Live, Machine, Phase
from statemachine_internal.runtime.program import STEPS_PER_TURN, Failure, finish, run_list
from statemachine_internal.store.protocol import EventStatus, InboxEvent, MachineStatus

EVENTS_PER_TURN = 64

_SETTLED = {
    Verdict.TAKEN: EventStatus.PROCESSED,
    Verdict.IGNORED: EventStatus.IGNORED,
    Verdict.DEFERRED: EventStatus.DEFERRED,
    Verdict.FAILED: EventStatus.FAILED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """What a turn is given.

    ``end`` is the outcome of the awaiting action that was at work. ``acting`` says that one still is: then nothing
    is taken up. ``woken`` says that rows may have come from elsewhere. ``stopping`` lets the list go on to where it
    may rest, and takes up nothing new; ``last``, the reason, stores the machine as stopped. ``restless`` says that
    the turn before left a list unfinished. ``paused`` is what the machine knew of that before.
    """

    arrivals: tuple[Arrival, ...] = ()
    end: Outcome | Failure | None = None
    acting: bool = False
    woken: bool = False
    stopping: bool = False
    last: str | None = None
    restless: bool = False
    paused: bool = False


class Turn:
    """The work of one transaction."""

    def __init__(self, machine: Machine, live: Live, now: int, inputs: Inputs) -> None:
        self.draft = Draft(machine, live, now)
        self.inputs = inputs
        self.more = False  # something is left that could go on at once
        self.interrupt = False  # the running action must end: a timer or an event has the right of way
        self.instead: Failure | None = None  # what the running action must end with
        self.paused = inputs.paused  # as the row says, if this turn has looked
        self.reset = False  # somebody wants the machine to start over
        self.looked_ahead = False  # next_delayed was looked up
        self.next_delayed: int | None = None  # when a delayed event of the inbox is due
        self._arrivals = deque(inputs.arrivals)
        self._rows: deque[InboxEvent] = deque()
        self._all_read = False  # nothing is pending but what stands in _rows
        self._steps = STEPS_PER_TURN
        self._events = EVENTS_PER_TURN

    def run(self) -> None:
        """Do it; raises StoreError or LockLost with nothing stored."""
        draft = self.draft
        with draft.store.transaction():
            points.reached(points.DECIDE)
            self._decide()
            stopped = self.inputs.last not in (None, IDLE) or (self.reset and not self.inputs.acting)
            draft.save(MachineStatus.STOPPED if stopped else None)
            points.reached(points.COMMIT)
        points.reached(points.COMMITTED)

    def _decide(self) -> None:
        inputs, draft = self.inputs, self.draft
        if inputs.woken:
            self.paused, self.reset = draft.store.wishes(draft.machine.name)
        if inputs.end is not None:
            finish(draft, inputs.end)
        if inputs.last is not None:
            self._stop(inputs.last)
        elif inputs.acting:
            self.instead = failure_by_cancelling(draft) if inputs.woken else None
            self.interrupt = (
                self.reset
                or self.instead is not None
                or (not self.paused and (self._due_timer() is not None or self._interrupting() is not None))
            )
        elif self.reset:
            self._stop(RESET)
        elif not self.paused:
            if inputs.woken or draft.live.phase is Phase.ACTING:
                give_up_cancelled(draft)
            if inputs.woken and draft.live.phase is Phase.PARKED:
                self._rerun()
            if inputs.restless and draft.live.phase is Phase.READY and (row := self._interrupting()) is not None:
                self._take_row(row)  # a list that never comes to rest can be interrupted between two of its commits
                draft.inbox_changed = True
            self._go_on()
        for arrival in self._arrivals:
            self._keep(arrival)
        interruptible = draft.live.phase in (Phase.ACTING, Phase.PAUSING) and not self.paused
        if self._arrivals and interruptible and self._interrupting() is not None:
            self.interrupt = inputs.acting
            self.more = not inputs.acting
        if inputs.woken or draft.rang_itself:
            self.looked_ahead = True
            self.next_delayed = draft.store.next_due(draft.machine.name, draft.now)

    def _go_on(self) -> None:
        """Take triggers until the machine acts, waits, or has had its share of this turn."""
        draft = self.draft
        while draft.live.phase is not Phase.FINISHED:
            if draft.live.phase is Phase.READY:
                self._steps = run_list(draft, self._steps)
                if draft.live.phase is Phase.READY:
                    self.more = True
                    return
                continue
            if self.inputs.stopping:
                return
            if (timer := self._due_timer()) is not None:
                draft.drop_timer(timer.name)
                self._take(timer)
            elif draft.live.phase not in TAKES_EVENTS:
                if ACTION_TIMER in draft.live.timers and draft.live.timers[ACTION_TIMER] <= draft.now:
                    self._rerun()
                elif (row := self._interrupting()) is not None:
                    self._take_row(row)
                    draft.inbox_changed = True  # it may stand among the rows that were read ahead
                else:
                    return
            elif not self._events:
                self.more = True
                return
            elif (row := self._next_row()) is not None:
                self._events -= 1
                self._take_row(row)
            elif self._arrivals:
                self._events -= 1
                self._take_arrival(self._arrivals.popleft())
            elif ACTION_TIMER in draft.live.timers and draft.live.timers[ACTION_TIMER] <= draft.now:
                self._rerun()
            else:
                return

    # timers

    def _due_timer(self) -> Trigger | None:
        """The state's timer that is due the longest, if a transition takes it; others that are due are dropped."""
        draft = self.draft
        due = sorted((at, name) for name, at in draft.live.timers.items() if at <= draft.now and name != ACTION_TIMER)
        for _, name in due:
            trigger = Trigger(kind=TriggerKind.TIMER, name=name)
            if find_transition(draft.machine.definition, draft.live.snapshot, trigger) is not None:
                return trigger
            draft.drop_timer(name)
        return None

    def _rerun(self) -> None:
        """The action at the cursor runs again. Its timer stays for it to see, and goes when the cursor moves."""
        self.draft.live = replace(self.draft.live, phase=Phase.READY, waits_for=None)

    def _stop(self, reason: str) -> None:
        """The machine is stopped in order.

        An action that is not done was not the end of its process: its start isn't counted.
        """
        draft = self.draft
        live = draft.live
        snapshot = live.snapshot
        if live.phase is Phase.ACTING:
            draft.live = replace(live, phase=Phase.READY, snapshot=replace(snapshot, attempts=snapshot.attempts - 1))
        draft.feed("machine_terminated", {"state": snapshot.state, "reason": reason})
        draft.record(partial(draft.machine.log.stopped, snapshot.state, reason))

    # events

    def _next_row(self) -> InboxEvent | None:
        """The oldest pending row. Arrivals of this turn come after all of them: those were accepted before."""
        draft = self.draft
        if draft.inbox_changed:  # what was deferred is older than what is at hand
            draft.inbox_changed = False
            self._rows.clear()
            self._all_read = False
        if not self._rows and not self._all_read:
            self._rows.extend(draft.store.pending(draft.machine.name, draft.now, EVENTS_PER_TURN))
            self._all_read = len(self._rows) < EVENTS_PER_TURN
        return self._rows.popleft() if self._rows else None

    def _interrupting(self) -> InboxEvent | None:
        """The oldest pending event that may interrupt the action at work."""
        draft = self.draft
        types = draft.machine.definition.interrupts(draft.live.snapshot.state)
        if not types:
            return None
        for row in draft.store.pending_of(draft.machine.name, draft.now, sorted(types)):
            transition = find_transition(draft.machine.definition, draft.live.snapshot, trigger_of(row))
            if transition is not None and transition.interrupt:
                return row
        return None

    def _take_row(self, row: InboxEvent) -> None:
        draft = self.draft
        trigger = trigger_of(row)
        verdict = step(draft.machine.definition, draft.live.snapshot, trigger)
        draft.store.settle(row.id, _SETTLED[verdict.outcome], draft.now, _reason(draft, verdict))
        self._follow(verdict, trigger, row.id)

    def _take_arrival(self, arrival: Arrival) -> None:
        """An event that nothing stands before is stored as what becomes of it, in one write."""
        draft, message = self.draft, arrival.message
        event = event_data(message.type, message.payload, id=None, job_id=message.job_id, source=message.source or "")
        trigger = Trigger(kind=TriggerKind.EVENT, name=message.type, event=event)
        verdict = step(draft.machine.definition, draft.live.snapshot, trigger)
        id, known = draft.store.accept(
            row_of(arrival, draft.machine.name), _SETTLED[verdict.outcome], draft.now, _reason(draft, verdict)
        )
        self._acknowledge(arrival, id, known)
        if not known:
            event["id"] = id
            self._follow(verdict, trigger, id)

    def _keep(self, arrival: Arrival) -> None:
        """An event that can't be taken up now is stored as pending."""
        id, known = self.draft.store.accept(
            row_of(arrival, self.draft.machine.name), EventStatus.PENDING, self.draft.now
        )
        self.draft.effects.stirred = True
        self._acknowledge(arrival, id, known)

    def _acknowledge(self, arrival: Arrival, id: int, known: bool) -> None:
        self.draft.effects.replies.append((arrival, accepted(id, duplicate=known)))

    def _take(self, trigger: Trigger) -> None:
        """A trigger from inside; None of these is an event, so none is left unhandled."""
        verdict = step(self.draft.machine.definition, self.draft.live.snapshot, trigger)
        if verdict.transition is not None:
            self.draft.enter(verdict, trigger)

    def _follow(self, verdict: Step, trigger: Trigger, id: int) -> None:
        """What the verdict on an event leads to."""
        draft = self.draft
        if verdict.outcome is Verdict.TAKEN:
            draft.enter(verdict, trigger, id)
        elif verdict.outcome is Verdict.DEFERRED:
            draft.live = replace(draft.live, has_deferred=True)
        else:
            draft.effects.stirred = True
            state, reason = draft.live.snapshot.state, _reason(draft, verdict) or ""
            draft.record(partial(draft.machine.log.event_ignored, trigger.name, id, state, reason))
            if verdict.outcome is Verdict.FAILED:
                self._report_unhandled(trigger, id, reason)

    def _report_unhandled(self, trigger: Trigger, id: int, reason: str) -> None:
        draft = self.draft
        payload: dict[str, Any] = {"state": draft.live.snapshot.state, "event": trigger.name, "error": reason}
        job_id = job_id_of(draft.live.snapshot.context)
        if job_id is not None:
            payload["job_id"] = job_id
        draft.feed("error", payload, id)
        self._take(Trigger(kind=TriggerKind.EMITTED, name="error"))


def _reason(draft: Draft, verdict: Step) -> str | None:
    """What stands in the row of an event that was not taken."""
    if verdict.outcome in (Verdict.IGNORED, Verdict.FAILED):
        return f"no transition takes it in state '{draft.live.snapshot.state}'"
    return None
