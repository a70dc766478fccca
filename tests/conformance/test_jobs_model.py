"""The queue against a model of it: whatever is done in whatever order, both agree."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from conformance.drivers import DRIVERS, NOW, create
from statemachine_internal.errors import StoreError
from statemachine_internal.jobs import queue
from statemachine_internal.jobs.queue import JobRefused
from statemachine_internal.store.invariants import check
from statemachine_internal.store.job_protocol import JobStatus, NewJob

MACHINES = ("m1", "m2", "m3")
NEW_IDS = st.integers(0, 30).map(str)
PICKS = st.integers(0, 1000)
TYPES = st.sampled_from(["x", "y"])
MACHINE_TYPES = st.sampled_from([None, "k1", "k2"])
WANTS = ("pending", "scheduled", "processing")


@dataclass
class Modelled:
    """A job as the model has it; ``order`` is its age."""

    id: str
    type: str
    machine_type: str | None
    priority: int
    order: int
    max_attempts: int
    run_after: int
    key: str | None
    status: str = "pending"
    attempts: int = 0
    machine: str | None = None
    error: str | None = None

    @property
    def open(self) -> bool:
        return self.status in WANTS

    def suits(self, type: str | None, machine_type: str | None) -> bool:
        return type in (None, self.type) and (
            None in (machine_type, self.machine_type) or machine_type == self.machine_type
        )


class Queue(RuleBasedStateMachine):
    """The jobs of a store, and of the model; ``rung`` is who was woken by the last rule."""

    driver = "sqlite"

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.mkdtemp(dir="/tmp")
        self.path = os.path.join(self.folder, "q.db")
        self.store = DRIVERS[self.driver](self.path)
        self.jobs: dict[str, Modelled] = {}
        self.now, self.added = NOW, 0
        self.rung: list[str] = []
        for machine in MACHINES:
            create(self.store, machine)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            assert check(self.path, 10)[1] == []
            shutil.rmtree(self.folder)

    # what the model knows

    def _due(self) -> None:
        """A claim, or a look at what is pending, makes pending what is due."""
        for job in self.jobs.values():
            if job.status == "scheduled" and job.run_after <= self.now:
                job.status = "pending"

    def _key_taken(self, key: str | None) -> bool:
        return key is not None and any(job.open and job.key == key for job in self.jobs.values())

    def _first(self, type: str | None, machine_type: str | None) -> Modelled | None:
        fitting = [job for job in self.jobs.values() if job.status == "pending" and job.suits(type, machine_type)]
        return min(fitting, key=lambda job: (job.priority, job.order), default=None)

    def _end(self, job: Modelled, status: str, error: str | None) -> None:
        job.status, job.machine, job.error = status, None, error

    def _failed(self, job: Modelled, error: str) -> None:
        """The store chose the delay, within its jitter; the model takes it from there, and proves it."""
        if job.status == "processing" and job.attempts < job.max_attempts:
            stored = self.store.jobs.get(job.id)
            assert stored is not None
            exact = min(queue.FIRST_DELAY * queue.FACTOR ** (job.attempts - 1), queue.LONGEST_DELAY) * queue.SECOND
            assert abs(stored.run_after - self.now - exact) <= exact * queue.JITTER + 1
            self._end(job, "scheduled", error)
            job.run_after = stored.run_after
        else:
            self._end(job, "failed", error)

    def _picked(self, pick: int) -> tuple[str, Modelled | None]:
        """A job: mostly one that is worked on, sometimes any, and sometimes one that is not there."""
        at_work = sorted(id for id, job in self.jobs.items() if job.status == "processing")
        ids = at_work if at_work and pick % 3 else [*sorted(self.jobs), "nothing"]
        id = ids[pick % len(ids)]
        return id, self.jobs.get(id)

    # rules

    @rule(
        id=NEW_IDS,
        type=TYPES,
        machine_type=MACHINE_TYPES,
        priority=st.integers(1, 3),
        max_attempts=st.integers(1, 3),
        wait=st.sampled_from([0, 0, 0, 1, 5]),
        key=st.sampled_from([None, None, None, "k", "l"]),
    )
    def add(
        self,
        id: str,
        type: str,
        machine_type: str | None,
        priority: int,
        max_attempts: int,
        wait: int,
        key: str | None,
    ) -> None:
        due = self.now + wait * queue.SECOND if wait else 0
        job = NewJob(
            id=id,
            type=type,
            machine_type=machine_type,
            priority=priority,
            max_attempts=max_attempts,
            run_after=due,
            unique_key=key,
        )
        refused = id in self.jobs or self._key_taken(key)
        try:
            with self.store.transaction():
                queue.add(self.store, job, self.now, self.rung.append)
        except JobRefused:
            assert refused
            return
        assert not refused
        self.added += 1
        self.jobs[id] = Modelled(id, type, machine_type, priority, self.added, max_attempts, due, key)
        self.jobs[id].status = "scheduled" if wait else "pending"

    @rule(some=st.lists(st.tuples(TYPES, MACHINE_TYPES, st.integers(1, 3)), min_size=2, max_size=5))
    def add_some(self, some: list[tuple[str, str | None, int]]) -> None:
        for type, machine_type, priority in some:
            self.add(f"s{self.added}", type, machine_type, priority, 2, 0, None)

    @rule(machine=st.sampled_from(MACHINES), type=st.none() | TYPES, machine_type=MACHINE_TYPES)
    def claim(self, machine: str, type: str | None, machine_type: str | None) -> None:
        with self.store.transaction():
            claimed = self.store.jobs.claim(machine, type, machine_type, self.now)
        self._due()
        self._claimed(claimed.id if claimed else None, self._first(type, machine_type), machine)

    @rule(machine=st.sampled_from(MACHINES), pick=PICKS)
    def claim_one(self, machine: str, pick: int) -> None:
        id, job = self._picked(pick)
        with self.store.transaction():
            claimed = self.store.jobs.claim_one(machine, id, self.now)
        self._due()
        self._claimed(claimed.id if claimed else None, job if job and job.status == "pending" else None, machine)

    def _claimed(self, id: str | None, job: Modelled | None, machine: str) -> None:
        assert id == (job.id if job else None)
        if job is not None:
            job.status, job.machine, job.attempts = "processing", machine, job.attempts + 1

    @rule(machine=st.sampled_from(MACHINES), error=st.sampled_from([None, "broke"]))
    def ask_for_the_next(self, machine: str, error: str | None) -> None:
        """One commit: what the machine worked on is finished, and it gets the next."""
        before = [job for job in self.jobs.values() if job.machine == machine]
        with self.store.transaction():
            queue.finish_before(self.store, machine, error, self.now, self.rung.append)
            assert self.store.jobs.of_machine(machine) == []
            # Before the claim, which may take up again what has just been scheduled.
            for job in before:
                self._end(job, "completed", None) if error is None else self._failed(job, error)
            claimed = self.store.jobs.claim(machine, None, None, self.now)
        self._due()
        self._claimed(claimed.id if claimed else None, self._first(None, None), machine)

    @rule(pick=PICKS, result=st.sampled_from([None, {"n": 1}, "text", 0]))
    def complete(self, pick: int, result: Any) -> None:
        id, job = self._picked(pick)
        with self.store.transaction():
            done = queue.complete(self.store, id, result, self.now, self.rung.append)
        assert done == (job is not None and job.open)
        if done and job is not None:
            self._end(job, "completed", None)
            stored = self.store.jobs.get(id)
            assert stored is not None
            assert (None if stored.result is None else json.loads(stored.result)) == result

    @rule(pick=PICKS, final=st.booleans())
    def fail(self, pick: int, final: bool) -> None:
        id, job = self._picked(pick)
        with self.store.transaction():
            done = queue.fail(self.store, id, "bad", self.now, self.rung.append, final=final)
        assert done == (job is not None and job.open)
        if done and job is not None:
            self._end(job, "failed", "bad") if final else self._failed(job, "bad")

    @rule(pick=PICKS)
    def cancel(self, pick: int) -> None:
        id, job = self._picked(pick)
        with self.store.transaction():
            done = self.store.jobs.cancel(id, "unwanted", self.now)
        assert done == (job is not None and job.open)
        if done and job is not None:
            self._end(job, "cancelled", "unwanted")

    @rule(pick=PICKS)
    def release(self, pick: int) -> None:
        id, job = self._picked(pick)
        with self.store.transaction():
            done = self.store.jobs.release(id)
        assert done == (job is not None and job.status == "processing")
        if done and job is not None:
            job.status, job.machine, job.attempts = "pending", None, job.attempts - 1

    @rule(pick=PICKS)
    def reopen(self, pick: int) -> None:
        id, job = self._picked(3 * pick)  # any
        with self.store.transaction():
            done = self.store.jobs.reopen(id)
        assert done == (job is not None and not job.open and not self._key_taken(job.key))
        if done and job is not None:
            job.status, job.attempts, job.error = "pending", 0, None

    @rule(seconds=st.integers(1, 20))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * queue.SECOND

    @precondition(lambda self: any(job.status == "scheduled" for job in getattr(self, "jobs", {}).values()))
    @rule()
    def the_next_is_due(self) -> None:
        due = min(job.run_after for job in self.jobs.values() if job.status == "scheduled")
        assert self.store.jobs.next_scheduled(None, None) == due
        self.now = max(self.now, due)

    @precondition(lambda self: bool(getattr(self, "jobs", None)))
    @rule()
    def crash(self) -> None:
        """In the middle of a claim: nothing of it stays, and a new connection sees all that was committed before."""
        with suppress(StoreError), self.store.transaction():
            claimed = self.store.jobs.claim("m1", None, None, self.now)
            if claimed is not None:
                self.store.jobs.complete(claimed.id, None, self.now)
            raise StoreError("the process ended here")
        self.store.close()
        self.store = DRIVERS[self.driver](self.path)

    # what always holds

    @invariant()
    def both_agree(self) -> None:
        if not hasattr(self, "store"):
            return
        for id, job in self.jobs.items():
            stored = self.store.jobs.get(id)
            assert stored is not None
            assert (stored.status.value, stored.attempts, stored.machine, stored.error) == (
                job.status, job.attempts, job.machine, job.error,
            )  # fmt: skip
        for machine in MACHINES:
            mine = [job.id for job in sorted(self.jobs.values(), key=lambda job: job.order) if job.machine == machine]
            assert self.store.jobs.of_machine(machine) == mine
        assert self.store.jobs.statuses(list(self.jobs)) == {id: JobStatus(job.status) for id, job in self.jobs.items()}


Queue.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestQueue = pytest.mark.req("F2")(pytest.mark.req("F3")(pytest.mark.req("F5")(Queue.TestCase)))
