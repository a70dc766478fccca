"""What a store promises of jobs: order, types, keys, times, and that each state has its ways in and out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.drivers import NOW, SECOND
from statemachine_internal.store.job_protocol import OPEN, Job, JobStatus, NewJob
from statemachine_internal.store.protocol import Store

LATER = NOW + 60 * SECOND


def add(store: Store, id: str, *, type: str = "work", now: int = NOW, **more: object) -> bool:
    with store.transaction():
        return store.jobs.add(NewJob(id=id, type=type, **more), now)  # type: ignore[arg-type]


def claim(
    store: Store, *, type: str | None = "work", machine_type: str | None = None, by: str = "m", now: int = NOW
) -> str | None:
    with store.transaction():
        job = store.jobs.claim(by, type, machine_type, now)
    return None if job is None else job.id


def of(store: Store, id: str) -> Job:
    job = store.jobs.get(id)
    assert job is not None
    return job


def all_claimed(store: Store, **how: str | None) -> list[str]:
    claimed = []
    while (id := claim(store, **how)) is not None:  # type: ignore[arg-type]
        claimed.append(id)
    return claimed


@pytest.mark.req("F1")
def test_a_job_is_stored_as_it_was_given(store: Store) -> None:
    given = NewJob(
        id="j",
        type="resize",
        payload='{"command": "rm", "id": "x"}',
        machine_type="gpu",
        input_file="/a/b",
        priority=2,
        max_attempts=4,
        unique_key="k",
        source_job="parent",
    )
    with store.transaction():
        assert store.jobs.add(given, NOW)
    job = of(store, "j")
    for name in ("id", "type", "payload", "machine_type", "input_file", "priority", "max_attempts", "unique_key"):
        assert getattr(job, name) == getattr(given, name)
    assert (job.status, job.attempts, job.created, job.source_job) == (JobStatus.PENDING, 0, NOW, "parent")
    assert (job.machine, job.started, job.finished, job.result, job.error, job.progress) == (None,) * 6
    assert store.jobs.get("other") is None


@pytest.mark.req("F1")
def test_an_id_is_used_once(store: Store) -> None:
    assert add(store, "j")
    assert not add(store, "j", type="other")
    assert of(store, "j").type == "work"


@pytest.mark.req("F1")
def test_a_large_payload_comes_back_whole(store: Store) -> None:
    payload = '{"text": "' + "ä" * 100_000 + '"}'
    add(store, "j", payload=payload)
    assert of(store, "j").payload == payload


@pytest.mark.req("F2")
def test_jobs_are_claimed_by_priority_and_then_by_age(store: Store) -> None:
    for id, priority in (("late", 9), ("first", 5), ("urgent", 1), ("second", 5)):
        add(store, id, priority=priority)
    with store.transaction():
        assert [job.id for job in store.jobs.pending("work", None, 10, NOW)] == ["urgent", "first", "second", "late"]
        assert [job.id for job in store.jobs.pending("work", None, 2, NOW)] == ["urgent", "first"]
    assert all_claimed(store) == ["urgent", "first", "second", "late"]


@pytest.mark.req("F2")
@pytest.mark.parametrize(
    ("type", "machine_type", "expected"),
    [
        ("a", None, ["a-any", "a-x", "a-y"]),
        ("a", "x", ["a-any", "a-x"]),
        ("a", "z", ["a-any"]),
        ("b", "x", ["b-any"]),
        (None, "y", ["a-any", "a-y", "b-any"]),
        (None, None, ["a-any", "a-x", "a-y", "b-any"]),
        ("c", None, []),
    ],
)
def test_a_machine_gets_what_suits_it(
    store: Store, type: str | None, machine_type: str | None, expected: list[str]
) -> None:
    for id, kind, wanted in (("a-any", "a", None), ("a-x", "a", "x"), ("a-y", "a", "y"), ("b-any", "b", None)):
        add(store, id, type=kind, machine_type=wanted)
        add(store, f"due-{id}", type=kind, machine_type=wanted, run_after=LATER)
    with store.transaction():
        assert [job.id for job in store.jobs.pending(type, machine_type, 10, NOW)] == expected
    assert store.jobs.next_scheduled(type, machine_type) == (LATER if expected else None)
    assert all_claimed(store, type=type, machine_type=machine_type) == expected


@pytest.mark.req("F3")
def test_a_claimed_job_belongs_to_its_machine(store: Store) -> None:
    for id in ("a", "b", "c"):
        add(store, id)
    assert [claim(store, by="m1"), claim(store, by="m2", now=NOW + 1), claim(store, by="m1")] == ["a", "b", "c"]
    job = of(store, "b")
    assert (job.status, job.machine, job.attempts, job.started) == (JobStatus.PROCESSING, "m2", 1, NOW + 1)
    assert store.jobs.of_machine("m1") == ["a", "c"]
    assert store.jobs.of_machine("m3") == []


@pytest.mark.req("F3")
def test_one_job_is_claimed_by_its_id_if_it_is_pending(store: Store) -> None:
    add(store, "a")
    add(store, "b")
    add(store, "later", run_after=LATER)
    with store.transaction():
        chosen = store.jobs.claim_one("m", "b", NOW)
        assert chosen is not None
        assert (chosen.id, chosen.status) == ("b", JobStatus.PROCESSING)
        assert store.jobs.claim_one("m", "b", NOW) is None
        assert store.jobs.claim_one("m", "later", NOW) is None
        assert store.jobs.claim_one("m", "nothing", NOW) is None
        assert store.jobs.claim_one("m", "later", LATER) is not None


@pytest.mark.req("F3")
def test_what_is_rolled_back_was_not_claimed(store: Store) -> None:
    class Broken(Exception):
        pass

    def step() -> None:
        with store.transaction():
            assert store.jobs.claim("m", None, None, NOW) is not None
            raise Broken

    add(store, "j")
    with pytest.raises(Broken):
        step()
    assert (of(store, "j").status, of(store, "j").attempts) == (JobStatus.PENDING, 0)


@pytest.mark.req("F5")
def test_a_job_is_not_claimed_before_its_time(store: Store) -> None:
    add(store, "later", priority=1, run_after=LATER)
    add(store, "now")
    assert of(store, "later").status is JobStatus.SCHEDULED
    assert claim(store) == "now"
    assert claim(store, now=LATER - 1) is None
    assert claim(store, now=LATER) == "later"
    assert store.jobs.next_scheduled(None, None) is None


@pytest.mark.req("F5")
def test_a_time_that_has_passed_is_none(store: Store) -> None:
    add(store, "j", run_after=NOW)
    assert of(store, "j").status is JobStatus.PENDING


@pytest.mark.req("F5")
def test_a_unique_key_stands_for_one_open_job(store: Store) -> None:
    assert add(store, "a", unique_key="k")
    assert store.jobs.open_with_key("k") == "a"
    assert not add(store, "b", unique_key="k")
    assert store.jobs.get("b") is None
    assert add(store, "other", unique_key="k2")
    assert claim(store) == "a"
    assert not add(store, "b", unique_key="k")
    with store.transaction():
        assert store.jobs.complete("a", None, NOW)
    assert store.jobs.open_with_key("k") is None
    assert add(store, "b", unique_key="k")
    assert add(store, "keyless-1")
    assert add(store, "keyless-2")


@pytest.mark.req("F5")
def test_a_job_whose_key_is_taken_meanwhile_is_not_opened_again(store: Store) -> None:
    add(store, "a", unique_key="k")
    with store.transaction():
        assert store.jobs.cancel("a", "no", NOW)
    add(store, "b", unique_key="k")
    before = of(store, "a")
    with store.transaction():
        assert not store.jobs.reopen("a")
    assert of(store, "a") == before
    with store.transaction():
        assert store.jobs.complete("b", None, NOW)
        assert store.jobs.reopen("a")
    assert of(store, "a").status is JobStatus.PENDING


@pytest.mark.req("F1")
def test_an_end_is_stored_with_what_it_brought(store: Store) -> None:
    for id in ("done", "bad", "back"):
        add(store, id)
        assert claim(store) == id
    with store.transaction():
        store.jobs.set_progress("done", "m", 40)
        store.jobs.set_progress("bad", "m", 70.5)
        assert store.jobs.complete("done", '{"n": 1}', LATER)
        assert store.jobs.fail("bad", "it broke", LATER)
        assert store.jobs.cancel("back", "not wanted", LATER)
    done, bad, back = (of(store, id) for id in ("done", "bad", "back"))
    assert (done.status, done.result, done.progress, done.error) == (JobStatus.COMPLETED, '{"n": 1}', 100, None)
    assert (bad.status, bad.error, bad.progress) == (JobStatus.FAILED, "it broke", 70.5)
    assert (back.status, back.error) == (JobStatus.CANCELLED, "not wanted")
    assert {(job.machine, job.finished) for job in (done, bad, back)} == {(None, LATER)}
    assert store.jobs.statuses(["done", "bad", "none"]) == {"done": JobStatus.COMPLETED, "bad": JobStatus.FAILED}


def in_status(store: Store, status: JobStatus) -> None:
    """A job "j" that is there."""
    add(store, "j", run_after=LATER if status is JobStatus.SCHEDULED else 0)
    jobs = store.jobs
    with store.transaction():
        if status is JobStatus.PROCESSING:
            jobs.claim("m", None, None, NOW)
        elif status is JobStatus.COMPLETED:
            jobs.complete("j", None, NOW)
        elif status is JobStatus.FAILED:
            jobs.fail("j", "x", NOW)
        elif status is JobStatus.CANCELLED:
            jobs.cancel("j", "x", NOW)
    assert of(store, "j").status is status


WORKED_ON = frozenset({JobStatus.PROCESSING})
WAYS: dict[str, tuple[Callable[[Store], bool], frozenset[JobStatus], JobStatus]] = {
    "complete": (lambda store: store.jobs.complete("j", None, LATER), OPEN, JobStatus.COMPLETED),
    "fail": (lambda store: store.jobs.fail("j", "x", LATER), OPEN, JobStatus.FAILED),
    "cancel": (lambda store: store.jobs.cancel("j", "x", LATER), OPEN, JobStatus.CANCELLED),
    "retry_at": (lambda store: store.jobs.retry_at("j", "x", LATER), WORKED_ON, JobStatus.SCHEDULED),
    "release": (lambda store: store.jobs.release("j"), WORKED_ON, JobStatus.PENDING),
    "reopen": (lambda store: store.jobs.reopen("j"), frozenset(JobStatus) - OPEN, JobStatus.PENDING),
}


@pytest.mark.req("F1")
@pytest.mark.req("F3")
@pytest.mark.parametrize("status", JobStatus, ids=lambda status: str(status.value))
@pytest.mark.parametrize("way", WAYS)
def test_a_state_is_left_by_its_ways_alone(store: Store, way: str, status: JobStatus) -> None:
    go, starts, end = WAYS[way]
    in_status(store, status)
    before = of(store, "j")
    with store.transaction():
        went = go(store)
    assert went == (status in starts)
    after = of(store, "j")
    assert after.status is end if went else after == before
    assert (after.status is JobStatus.PROCESSING) == (after.machine is not None)
    assert (after.status not in OPEN) == (after.finished is not None)


@pytest.mark.req("F1")
@pytest.mark.parametrize("way", WAYS)
def test_a_job_that_is_not_there_goes_no_way(store: Store, way: str) -> None:
    with store.transaction():
        assert not WAYS[way][0](store)


@pytest.mark.req("F5")
def test_a_retry_counts_its_attempts_and_an_opened_job_begins_anew(store: Store) -> None:
    add(store, "j", max_attempts=3)
    claim(store)
    with store.transaction():
        assert store.jobs.retry_at("j", "first", LATER)
    assert (of(store, "j").error, of(store, "j").run_after) == ("first", LATER)
    assert claim(store) is None
    assert claim(store, now=LATER) == "j"
    assert of(store, "j").attempts == 2
    with store.transaction():
        assert store.jobs.fail("j", "second", LATER)
        assert store.jobs.reopen("j")
    job = of(store, "j")
    assert (job.attempts, job.error, job.result, job.progress, job.finished) == (0, None, None, None, None)
    assert claim(store, now=LATER) == "j"


@pytest.mark.req("F5")
def test_an_attempt_that_is_given_back_is_not_counted(store: Store) -> None:
    add(store, "j")
    for _ in range(2):
        claim(store)
        assert (of(store, "j").attempts, of(store, "j").max_attempts) == (1, 1)
        with store.transaction():
            assert store.jobs.release("j")
        assert of(store, "j").attempts == 0


@pytest.mark.req("F1")
def test_progress_is_of_a_job_that_is_worked_on(store: Store) -> None:
    add(store, "j")
    with store.transaction():
        assert not store.jobs.set_progress("j", "m", 10)
    assert of(store, "j").progress is None
    claim(store)
    with store.transaction():
        assert store.jobs.set_progress("j", "m", 10)
    assert of(store, "j").progress == 10


@pytest.mark.req("F1")
def test_progress_is_told_by_the_machine_that_works_on_the_job(store: Store) -> None:
    add(store, "j")
    claim(store)
    with store.transaction():
        assert not store.jobs.set_progress("j", "another", 10)
        assert not store.jobs.set_progress("missing", "m", 10)
    assert of(store, "j").progress is None


@pytest.mark.req("F1")
def test_a_new_attempt_begins_without_progress(store: Store) -> None:
    add(store, "j", max_attempts=2)
    claim(store)
    with store.transaction():
        assert store.jobs.set_progress("j", "m", 40)
        assert store.jobs.retry_at("j", "it broke", NOW)
    assert of(store, "j").progress == 40, "how far the last attempt came"
    assert claim(store, now=LATER) == "j"
    assert of(store, "j").progress is None
