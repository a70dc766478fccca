"""Whatever became of the jobs: what pruning and cleaning up take is over, old, and nobody's business any more."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statemachine_internal.store import pruning
from statemachine_internal.store.invariants import check
from statemachine_internal.store.job_protocol import OPEN, Job, JobStatus, NewJob
from statemachine_internal.store.protocol import MachineStatus, Place, Process
from statemachine_internal.store.pruning import Pruning
from statemachine_internal.store.sqlite import SqliteStore

IDS = tuple("abcdef")
WORKER, BOSS = "worker", "boss"
FINISHED = (None, "completed", "failed", "cancelled")


@dataclass(frozen=True)
class Step:
    """One thing that happened to a job, ``later`` after the one before."""

    what: str
    id: str
    other: str
    later: int


STEPS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(["add", "add", "claim", "complete", "fail", "retry", "cancel", "reopen", "await"]),
        id=st.sampled_from(IDS),
        other=st.sampled_from((*IDS, "")),
        later=st.integers(0, 10),
    ),
    max_size=30,
)

TWO_OLD = [*(Step(what, id, "", 0) for id in "ab" for what in ("add", "complete")), Step("add", "c", "", 9)]


def place(waits_for: list[str] | None = None) -> Place:
    """Where a machine is: at rest, or parked for the end of jobs."""
    text = None if waits_for is None else json.dumps({"jobs": waits_for})
    return Place(
        state="s", status=MachineStatus.WAITING, entry=1, via="", list_start=0, cursor=0, list_end=1, waits_for=text
    )


def happens(store: SqliteStore, step: Step, now: int) -> None:
    """The queue's own way from one status to the next; what can't be is left out."""
    jobs = store.jobs
    with store.transaction():
        if step.what == "add":
            jobs.add(NewJob(id=step.id, type="t", source_job=step.other or None, run_after=now % 3), now)
        elif step.what == "claim":
            jobs.claim_one(WORKER, step.id, now)
        elif step.what == "complete":
            jobs.complete(step.id, None, now)
        elif step.what == "fail":
            jobs.fail(step.id, "no paper", now)
        elif step.what == "retry":
            jobs.retry_at(step.id, "no paper yet", now + 5)
        elif step.what == "cancel":
            jobs.cancel(step.id, "unwanted", now)
        elif step.what == "reopen":
            jobs.reopen(step.id)
        else:
            store.save(BOSS, 1, place([step.id, step.other]), now)


def lived(path: str, steps: list[Step]) -> tuple[SqliteStore, int]:
    """The database after all that, open, and the last time in it."""
    store, now = SqliteStore(path), 1000
    with store.transaction():
        for name in (WORKER, BOSS):
            process = Process(pid=1, boot_id="b")
            store.create(name, place(), digest="", config_type="", control_path=None, process=process, now=now)
    for step in steps:
        now += step.later
        happens(store, step, now)
    return store, now


def found(store: SqliteStore) -> dict[str, Job]:
    return {id: job for id in IDS if (job := store.jobs.get(id)) is not None}


def needed(store: SqliteStore) -> set[str]:
    """What the boss waits for, and what open jobs came of."""
    row = store.machine(BOSS)
    assert row is not None
    waits = json.loads(row.place.waits_for)["jobs"] if row.place.waits_for else []
    return {*waits, *(job.source_job for job in found(store).values() if job.status in OPEN and job.source_job)}


def may_go(job: Job, before: int, status: str | None) -> bool:
    if job.finished is None or job.finished >= before:
        return False
    return job.status is not JobStatus.FAILED if status is None else job.status.value == status


@pytest.mark.req("G3")
@pytest.mark.req("G7")
@example(  # what a machine waits for is done long since, and the other job isn't
    steps=[Step("add", "a", "", 0), Step("add", "b", "", 0), Step("complete", "a", "", 0), Step("await", "a", "b", 0)],
    meanwhile=[],
    age=-1,
    status=None,
    chunk=1,
)
@example(  # the second one is run once more, and done once more, while the first one goes
    steps=TWO_OLD,
    meanwhile=[Step("reopen", "b", "", 0), Step("complete", "b", "", 0)],
    age=5,
    status=None,
    chunk=1,
)
@example(steps=TWO_OLD, meanwhile=[Step("await", "b", "", 0)], age=5, status=None, chunk=1)
@given(steps=STEPS, meanwhile=STEPS, age=st.integers(-2, 40), status=st.sampled_from(FINISHED), chunk=st.integers(1, 4))
def test_what_goes_is_over_and_old_and_nobody_speaks_of_it(
    steps: list[Step], meanwhile: list[Step], age: int, status: str | None, chunk: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.db")
        store, now = lived(path, steps)
        before = now - age
        jobs, kept = found(store), needed(store)
        expected = {id for id, job in jobs.items() if may_go(job, before, status) and id not in kept}
        coming, stay = list(meanwhile), set[str]()

        def others_go_on(_: float) -> None:
            """Between two transactions of the pruning."""
            assert stay <= found(store).keys()
            for _ in range(min(2, len(coming))):
                happens(store, coming.pop(0), now)
            stay.clear()
            stay.update(found(store).keys() & needed(store))
            stay.update(id for id, job in found(store).items() if not may_go(job, before, status))
            assert check(path, 50)[1] == []

        with patch.object(pruning, "LEAST_ROWS", chunk), Pruning(path, before, pause=others_go_on) as under_test:
            assert under_test.count_jobs(status) == len(expected)
            assert found(store).keys() == jobs.keys()  # to count is to leave all there
            deleted = under_test.delete_jobs(status)
        gone = jobs.keys() - found(store).keys()
        assert stay <= found(store).keys()
        if not meanwhile:
            assert (gone, deleted) == (expected, len(expected))
        assert check(path, 50)[1] == []
        store.close()
