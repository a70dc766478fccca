"""A machine inside an open transaction: where it would stand, and what the world would hear, if the commit comes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import lru_cache, partial
from typing import Any

from statemachine_internal.actions.names import job_id_of
from statemachine_internal.jobs.queue import finish_before
from statemachine_internal.machine import Snapshot, Step, Trigger, resumed
from statemachine_internal.runtime.clock import SECOND
from statemachine_internal.runtime.effects import Effects, Transitioned
from statemachine_internal.runtime.live import ACTION_TIMER, FINAL_STATE, RETURN, STATUS, Live, Machine, Phase, Return
from statemachine_internal.service.records import MachineLog
from statemachine_internal.store.protocol import MachineStatus, Place

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@lru_cache(maxsize=4096)
def _change_head(from_state: str, to_state: str, event: str, internal: bool) -> str:
    """The JSON of a state change up to its entry number: a machine makes the same few again and again."""
    fields: dict[str, Any] = {"from": from_state, "to": to_state, "event": event}
    if internal:
        fields["internal"] = True
    return _encode(fields)[:-1] + ',"entry":'


def _log_job(log: MachineLog, type: str, state: str, job: Mapping[str, Any]) -> None:
    """The log record of what became of a job."""
    id, attempt = str(job["job_id"]), job.get("attempt")
    if type == "job_started":
        log.job_claimed(id, state, attempt)
    elif type == "job_failed":
        log.job_failed(id, state, str(job["error"]), attempt)
    elif type == "job_completed":
        log.job_completed(id, state)
    elif type == "job_added":
        log.job_added(id, state)


def _waits_for(live: Live) -> str | None:
    """What the row says of a wait: that of the parked action, the place to return to after its list, and its key."""
    if live.returns is not None:
        return _encode({**(live.waits_for or {}), RETURN: asdict(live.returns)})
    if live.snapshot.known_as is not None and not live.snapshot.list_done:
        return _encode({**(live.waits_for or {}), RETURN: {"known_as": live.snapshot.known_as}})
    return None if live.waits_for is None else _encode(live.waits_for)


class Draft:
    """Collects what one turn does. ``live`` is replaced, never changed, so that a roll-back needs nothing undone."""

    __slots__ = ("_saved", "claims", "effects", "inbox_changed", "live", "machine", "now", "rang_itself", "store")

    def __init__(self, machine: Machine, live: Live, now: int) -> None:
        self.machine = machine
        self.store = machine.store
        self.live = live
        self.now = now
        self.effects = Effects()
        self.claims = 0  # jobs that it has claimed
        self.inbox_changed = False  # rows became pending during the turn
        self.rang_itself = False  # it sent to itself, and perhaps for later
        self._saved = live

    # where the machine stands

    def enter(self, step: Step, trigger: Trigger, event_id: int | None = None) -> None:
        """A transition was taken: its program is next."""
        before, after, transition = self.live.snapshot, step.snapshot, step.transition
        internal = transition is not None and transition.target is None
        returns = self._return() if internal else None
        self.start(after, step.timers, returns)
        job_id = job_id_of(after.context)
        head = _change_head(before.state, after.state, trigger.name, internal)
        job = "" if job_id is None else f',"job_id":{_encode(job_id)}'
        self._append("state_change", f"{head}{after.entry}{job}}}", event_id)
        if not internal:
            self._finish_job_in(after)
        to_state = None if internal else after.state
        self.effects.transitions.append(Transitioned(before.state, to_state, trigger.name, event_id, job_id))
        if step.changed_state and self.live.has_deferred:
            self.live = replace(self.live, has_deferred=False)
            if self.store.undefer(self.machine.name):
                self.inbox_changed = True

    def _finish_job_in(self, entered: Snapshot) -> None:
        """A state that the definition's ``job:`` names says what became of the machine's job."""
        definition = self.machine.definition
        error: str | None = None
        if entered.state in definition.fail_in:
            error = str(entered.context.get("last_error") or f"the machine went into the state '{entered.state}'")
        elif entered.state not in definition.complete_in:
            return
        finish_before(self.store, self.machine.name, error, self.now, self.ring, self.tell_job)
        job = entered.context.get("current_job")
        if isinstance(job, dict) and (row := self.store.jobs.get(str(job.get("id")))) is not None:
            context = {**entered.context, "current_job": {**job, "status": row.status.value}}
            self.live = replace(self.live, snapshot=replace(self.live.snapshot, context=context))

    def start(
        self, snapshot: Snapshot, timers: tuple[tuple[str, float], ...] | None, returns: Return | None = None
    ) -> None:
        """Stand at ``snapshot``, before the first action of its list.

        ``timers`` replace all others; None keeps the state's.
        """
        due = self.live.timers
        if timers is not None:
            if due:
                self.store.drop_timers(self.machine.name)
            due = {name: self.now + round(seconds * SECOND) for name, seconds in timers}
            for name, at in due.items():
                self.store.set_timer(self.machine.name, name, at)
        elif ACTION_TIMER in due:
            due = self._without_timer(ACTION_TIMER)
        program = self.machine.definition.program(snapshot.state, snapshot.via)
        self.live = Live(snapshot, Phase.READY, program, due, None, self.live.has_deferred, returns)

    def _return(self) -> Return | None:
        """The place of the parked action, which an internal transition only interrupts.

        A wait within the list of such a transition gives way to the next one; the one before it is kept.
        """
        live = self.live
        if live.returns is not None or live.phase is not Phase.PARKED:
            return live.returns
        place = live.snapshot
        return Return(
            via=place.via,
            done=place.cursor - place.list_start,
            left=place.list_end - place.cursor,
            due=live.timers.get(ACTION_TIMER),
            known_as=place.cursor if place.known_as is None else place.known_as,
        )

    def _go_back(self, to: Return) -> None:
        """The parked action looks again, under its old key. What follows gets new indexes: those behind it are used."""
        live, end = self.live, self.live.snapshot.list_end
        place = replace(
            live.snapshot,
            via=to.via,
            list_start=end - to.done,
            cursor=end,
            list_end=end + to.left,
            attempts=0,
            failures=0,
            known_as=to.known_as,
        )
        place = resumed(self.machine.definition, place)
        timers = live.timers
        if to.due is not None:
            timers = {**timers, ACTION_TIMER: to.due}
            self.store.set_timer(self.machine.name, ACTION_TIMER, to.due)
        program = self.machine.definition.program(place.state, place.via)
        self.live = Live(place, Phase.READY, program, timers, None, live.has_deferred)

    def move(self, snapshot: Snapshot, phase: Phase = Phase.READY) -> None:
        """Stand at another place of the same list."""
        timers = self._without_timer(ACTION_TIMER) if ACTION_TIMER in self.live.timers else self.live.timers
        self.live = replace(self.live, snapshot=snapshot, phase=phase, timers=timers, waits_for=None)

    def wait(self, snapshot: Snapshot, until: int | None, waits_for: Mapping[str, Any] | None) -> None:
        """Stay at the cursor until a stored time, or until something is worth it, whichever comes first."""
        timers = dict(self.live.timers)
        if until is not None and timers.get(ACTION_TIMER) != until:
            timers[ACTION_TIMER] = until
            self.store.set_timer(self.machine.name, ACTION_TIMER, until)
        elif until is None and ACTION_TIMER in timers:  # what it asked for before counts no more
            timers = self._without_timer(ACTION_TIMER)
        phase = Phase.PAUSING if waits_for is None else Phase.PARKED
        self.live = replace(self.live, snapshot=snapshot, phase=phase, timers=timers, waits_for=waits_for)

    def rest(self) -> None:
        """The list is done: wait for the next trigger, or end."""
        snapshot = self.live.snapshot
        if not self.machine.definition.ends(snapshot.state, snapshot.via):
            live = self.live
            if live.returns is not None:
                self._go_back(live.returns)
                return
            self.live = Live(snapshot, Phase.RESTING, live.program, live.timers, None, live.has_deferred)
            return
        if self.live.timers:
            self.store.drop_timers(self.machine.name)
        self.live = replace(self.live, phase=Phase.FINISHED, timers={})
        error = snapshot.context.get("last_error")
        finish_before(
            self.store, self.machine.name, None if error is None else str(error), self.now, self.ring, self.tell_job
        )
        self.feed("machine_terminated", {"state": snapshot.state, "reason": FINAL_STATE})
        self.record(partial(self.machine.log.stopped, snapshot.state, FINAL_STATE))

    def drop_timer(self, name: str) -> None:
        """Forget a timer that has fired."""
        self.live = replace(self.live, timers=self._without_timer(name))

    def _without_timer(self, name: str) -> dict[str, int]:
        self.store.drop_timer(self.machine.name, name)
        return {other: due for other, due in self.live.timers.items() if other != name}

    # what the world hears

    def feed(self, type: str, payload: Mapping[str, Any], event_id: int | None = None) -> int:
        """Add a row to the feed; returns its id."""
        return self._append(type, _encode(payload), event_id)

    def tell_job(self, type: str, payload: Mapping[str, Any]) -> None:
        """What became of a job, in the feed and in the log. ``type`` is that of the feed's row."""
        if type == "job_started":
            self.claims += 1
        self.record(partial(_log_job, self.machine.log, type, self.live.snapshot.state, payload))
        self.feed(type, payload)

    def _append(self, type: str, payload: str, event_id: int | None) -> int:
        row = self.store.append(self.machine.name, type, payload, self.now, event_id)
        self.effects.feed_id = row
        return row

    def ring(self, target: str) -> None:
        """Wake ``target`` after the commit; this machine itself simply looks at its inbox again."""
        if target == self.machine.name:
            self.inbox_changed = self.rang_itself = True
        else:
            self.effects.rings[target] = None

    def record(self, write: Callable[[], None]) -> None:
        """Write a log record after the commit."""
        self.effects.records.append(write)

    # the end

    def save(self, status: MachineStatus | None = None) -> None:
        """Store where the machine stands now; where it hasn't moved, only make sure that it still is ours."""
        live, saved = self.live, self._saved
        status = status or STATUS[live.phase]
        snapshot = live.snapshot
        # A look that found nothing, and waits on for the same, has nothing to store.
        same = snapshot is saved.snapshot and live.waits_for == saved.waits_for and live.returns is saved.returns
        if same and status is STATUS[saved.phase]:
            self.store.confirm(self.machine.name, self.machine.epoch)
            return
        place = Place(
            state=snapshot.state,
            status=status,
            entry=snapshot.entry,
            via=snapshot.via,
            list_start=snapshot.list_start,
            cursor=snapshot.cursor,
            list_end=snapshot.list_end,
            attempts=snapshot.attempts,
            failures=snapshot.failures,
            waits_for=_waits_for(live),
            context=_encode(snapshot.context),
        )
        self.effects.stirred = True
        self.store.save(self.machine.name, self.machine.epoch, place, self.now)
