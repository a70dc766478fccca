"""What the action at work says of the machine's job, on its way into the job's row.

::

    report ── any thread ──▶ the loop ── at once, then every half second ──▶ a transaction of its own, the feed
                                      └─ the last word, when the action has ended

A write stands between two turns, never in one. It checks the machine's epoch, and that the job still is this machine's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from statemachine_internal.actions.names import held_job
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.errors import LockLost, StoreError
from statemachine_internal.jobs import progress as job_progress
from statemachine_internal.runtime import clock, points
from statemachine_internal.runtime.live import Machine
from statemachine_internal.runtime.program import Failure

INTERVAL = 0.5  # seconds between two writes


class Progress:
    """The progress that one run of one action reports.

    ``told`` hears the feed row of each write, ``lost`` that the machine has another process now.
    """

    def __init__(
        self, machine: Machine, context: Mapping[str, Any], told: Callable[[int], None], lost: Callable[[], None]
    ) -> None:
        self._machine, self._context = machine, context
        self._told, self._lost = told, lost
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._job = held_job(context)  # None: nobody listens
        self._stored: float | None = None
        self._value: float | None = None  # as last reported
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None
        if self._job is not None:
            self._look_up(self._job)

    @property
    def before(self) -> int | float | None:
        """How far the job had come; None where there is no job."""
        return None if self._job is None else job_progress.percent(self._stored or 0)

    def report(self, value: object) -> None:
        """Take a progress, from whatever thread. The last one counts.

        Raises:
            ActionError: it is no number from 0 to 100.
        """
        given = job_progress.percent(value)
        if threading.get_ident() == self._thread:
            self._take(given)
        else:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and the machine with it
                self._loop.call_soon_threadsafe(self._take, given)

    def close(self) -> None:
        """The action has ended, or was left behind: store its last word. What it still says isn't heard."""
        if self._timer is not None:
            self._timer.cancel()
        if self._job is not None:
            self._store()
            self._machine.progress = None
        self._job = None

    def of_outcome(self, outcome: Outcome) -> Outcome:
        """The outcome with what was reported, for the placeholder; a ``job_progress`` in it is a report too.

        Raises:
            ActionError: that one is no number from 0 to 100.
        """
        changes = dict(outcome.changes)
        if self._job is not None and job_progress.NAME in changes:
            self.report(changes.pop(job_progress.NAME))
        if self._value is None or "current_job" in outcome.removed:
            return outcome
        return replace(outcome, changes=self._noted(changes))

    def of_failure(self, failure: Failure) -> Failure:
        """The failure with what was reported."""
        return failure if self._value is None else replace(failure, details=self._noted(failure.details or {}))

    def _noted(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        job = changes.get("current_job", self._context["current_job"])
        return {**changes, "current_job": {**job, "progress": self._value}} if isinstance(job, dict) else dict(changes)

    def _look_up(self, job: str) -> None:
        try:
            row = self._machine.store.jobs.get(job)
        except StoreError:
            return  # what is written will be looked at again
        if row is None or row.machine != self._machine.name:
            self._job = None
        else:
            self._stored = row.progress

    def _take(self, value: float) -> None:
        if self._job is None:
            return
        self._value = value
        if self._timer is None and value != self._stored:
            self._timer = self._loop.call_at(max(self._next, self._loop.time()), self._store)

    def _store(self) -> None:
        self._timer = None
        job, value, machine = self._job, self._value, self._machine
        if job is None or value is None or value == self._stored:
            return
        self._next = self._loop.time() + INTERVAL
        row = 0

        def tell(type: str, payload: Mapping[str, Any]) -> None:
            nonlocal row
            row = machine.store.append(machine.name, type, json.dumps(payload), clock.now())

        try:
            with machine.store.transaction():
                machine.store.confirm(machine.name, machine.epoch)
                ours = job_progress.store_progress(machine.store, machine.name, job, value, tell)
        except LockLost:
            self._job = None
            self._lost()
        except StoreError:
            return  # the next report tries again, and the end of the action does
        else:
            points.reached(points.COMMITTED)
            if ours:
                self._stored = machine.progress = value
                self._told(row)
            else:
                self._job = None
