"""Each invariant of jobs is broken by hand, and found."""

from __future__ import annotations

import pytest

from conformance.drivers import NOW, create
from statemachine_internal.store.connection import connect
from statemachine_internal.store.invariants import JOB_INVARIANTS, check
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.sqlite import SqliteStore

# What breaks it, and the complaint.
BREAKS = {
    "job_text_malformed": (
        "UPDATE jobs SET result = '{' WHERE id = 'd'",
        "the payload or the result of job d is not JSON",
    ),
    "job_status_unknown": (
        "UPDATE jobs SET status = 'odd' WHERE id = 'a'",
        "job a has the status odd, which there is not",
    ),
    "job_of_nobody": (
        "UPDATE jobs SET machine = 'ghost' WHERE id = 'b'",
        "job b is worked on by machine ghost, which there is not",
    ),
    "job_idle_with_machine": (
        "UPDATE jobs SET machine = 'm' WHERE id = 'a'",
        "job a is pending, and belongs to machine m",
    ),
    "job_never_claimed": ("UPDATE jobs SET attempts = 0 WHERE id = 'b'", "job b is worked on, and was never claimed"),
    "job_finished_without_time": (
        "UPDATE jobs SET finished = NULL WHERE id = 'd'",
        "job d is completed, and has no time of it",
    ),
    "job_open_with_time": (
        "UPDATE jobs SET finished = 1 WHERE id = 'a'",
        "job a is pending, and has a time of its end",
    ),
    "job_failed_without_error": ("UPDATE jobs SET error = NULL WHERE id = 'f'", "job f is failed, and has no error"),
    "job_key_twice": (
        "DROP INDEX jobs_open_key; UPDATE jobs SET unique_key = 'k' WHERE id IN ('a', 'b', 'd')",
        "the unique key k belongs to 2 open jobs",
    ),
}


@pytest.fixture
def healthy(path: str) -> str:
    """A job of each fate, and two that one machine works on."""
    store = SqliteStore(path)
    create(store, "m")
    with store.transaction():
        for id in "abcdfx":
            store.jobs.add(NewJob(id=id, type="t", unique_key=f"key-{id}"), NOW)
        for id in "bc":
            store.jobs.claim_one("m", id, NOW)
        store.jobs.complete("d", "1", NOW)
        store.jobs.fail("f", "broke", NOW)
        store.jobs.cancel("x", "unwanted", NOW)
        store.jobs.add(NewJob(id="later", type="t", run_after=NOW + 1), NOW)
    store.close()
    assert check(path, 10)[1] == []
    return path


@pytest.mark.req("G7")
@pytest.mark.parametrize("name", sorted(BREAKS))
def test_a_broken_job_is_found(healthy: str, name: str) -> None:
    connection = connect(healthy)
    connection.cursor().execute("PRAGMA ignore_check_constraints = ON")
    statement, message = BREAKS[name]
    connection.cursor().execute(statement)
    connection.close()
    assert [found for invariant, found in check(healthy, 10)[1] if invariant == name] == [message]


@pytest.mark.req("G7")
def test_every_invariant_of_jobs_is_broken_by_a_test() -> None:
    assert set(BREAKS) == {name for name, _ in JOB_INVARIANTS}
