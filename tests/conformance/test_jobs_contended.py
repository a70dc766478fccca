"""A queue that several processes use: each job goes to one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from conformance.drivers import DRIVERS, NOW, create, together
from statemachine_internal.store.invariants import check
from statemachine_internal.store.job_protocol import JobStatus, NewJob
from statemachine_internal.store.protocol import Store
from support.workspace import ROOT, SOURCE_ROOTS

JOBS, PROCESSES = 200, 4


def claimant(driver: str, path: str, machine: str) -> subprocess.Popen[str]:
    """A process that claims and completes until there is nothing left, and says what it got."""
    roots = os.pathsep.join(map(str, [*SOURCE_ROOTS, ROOT / "tests"]))
    return subprocess.Popen(
        [sys.executable, "-m", "conformance.test_jobs_contended", driver, path, machine],
        env=os.environ | {"PYTHONPATH": roots},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def work_off(driver: str, path: str, machine: str) -> None:
    store = DRIVERS[driver](path)
    print("ready", flush=True)
    sys.stdin.readline()
    claimed: list[str] = []
    while True:
        with store.transaction():
            for id in store.jobs.of_machine(machine):
                store.jobs.complete(id, None, NOW)
            job = store.jobs.claim(machine, "work", None, NOW)
        if job is None:
            break
        claimed.append(job.id)
    print(*claimed)
    store.close()


@pytest.mark.req("F3")
def test_no_two_processes_claim_one_job(driver: str, store: Store, path: str) -> None:
    machines = [f"m{number}" for number in range(PROCESSES)]
    for machine in machines:
        create(store, machine)
    with store.transaction():
        for number in range(JOBS):
            store.jobs.add(NewJob(id=str(number), type="work"), NOW)
    said = together([claimant(driver, path, machine) for machine in machines])
    counted = Counter(id for line in said for id in line.split())
    assert counted == Counter(map(str, range(JOBS)))
    jobs = [store.jobs.get(str(number)) for number in range(JOBS)]
    assert {(job.status, job.attempts) for job in jobs if job is not None} == {(JobStatus.COMPLETED, 1)}
    assert [message for name, message in check(path, 10)[1] if name.startswith(("job", "integrity"))] == []


if __name__ == "__main__":
    work_off(*sys.argv[1:])
