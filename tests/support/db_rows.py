"""Rows of machines and jobs, written as machines and the queue write them."""

from __future__ import annotations

import json
import time

from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.protocol import MachineStatus, Place, Process
from statemachine_internal.store.sqlite import SqliteStore

SECOND = 1_000_000
DAY = 86400 * SECOND
NOW = time.time_ns() // 1000
OLD = NOW - 100 * DAY


def machine(
    store: SqliteStore, name: str, status: MachineStatus = MachineStatus.WAITING, *, failures: int = 0, **waits: object
) -> None:
    """A machine that has run. ``waits`` is what it is parked for, as the actions say it."""
    where = Place(
        state="idle",
        status=status,
        entry=1,
        via="go",
        list_start=0,
        cursor=1,
        list_end=1,
        failures=failures,
        waits_for=json.dumps(waits) if waits else None,
    )
    process = Process(pid=1, boot_id="b")
    with store.transaction():
        store.create(name, where, digest="h", config_type="c", control_path=None, process=process, now=NOW)
        store.save(name, 1, where, NOW)


def job(store: SqliteStore, id: str, *, by: str | None = None, end: str | None = None, at: int = NOW) -> None:
    """A job, ``by`` a machine that claimed it, with its ``end``."""
    with store.transaction():
        store.jobs.add(NewJob(id=id, type="t"), at)
        if by is not None:
            assert store.jobs.claim_one(by, id, at) is not None
        if end == "completed":
            store.jobs.complete(id, None, at)
        elif end == "failed":
            store.jobs.fail(id, "it broke\nbadly", at)
        elif end == "cancelled":
            store.jobs.cancel(id, "unwanted", at)


def ids(store: SqliteStore, *names: str) -> set[str]:
    """Those of these jobs that there are."""
    return set(store.jobs.statuses(list(names)))
