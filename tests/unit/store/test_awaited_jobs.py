"""Which jobs suit a parked machine is said in SQL, for whoever looks from outside, and in Python: they say the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import apsw
import pytest

from statemachine_internal.jobs.queue import suits
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.protocol import MachineStatus, Place, Process
from statemachine_internal.store.sqlite import SqliteStore

TYPES = (None, "t", "u")
MACHINE_TYPES = (None, "big", "small", "")


def parked(store: SqliteStore, name: str, waits_for: object) -> None:
    where = Place(state="s", status=MachineStatus.WAITING, entry=1, via="", list_start=0, cursor=0, list_end=1)
    store.create(name, where, digest="", config_type="", control_path=None, process=Process(pid=1, boot_id="b"), now=1)
    store._cursor.execute(
        "UPDATE machine_state SET waits_for = ? WHERE machine_name = ?", (json.dumps(waits_for), name)
    )


@pytest.mark.req("F2")
@pytest.mark.req("G7")
def test_the_jobs_that_a_parked_machine_takes_are_those_that_the_view_gives_it(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    store = SqliteStore(path)
    wishes: dict[str, Mapping[str, str | None]] = {}
    jobs: dict[str, tuple[str, str | None]] = {}
    with store.transaction():
        for number, (type, machine_type) in enumerate(product(TYPES, MACHINE_TYPES)):
            wishes[f"m{number}"] = {"type": type, "machine_type": machine_type}
            parked(store, f"m{number}", {"jobs_for": wishes[f"m{number}"]})
            if type is not None:
                jobs[f"j{number}"] = (type, machine_type)
                store.jobs.add(NewJob(id=f"j{number}", type=type, machine_type=machine_type), 1)
        wishes["anything"] = {}
        parked(store, "anything", {"jobs_for": {}})
        parked(store, "boss", {"jobs": ["j1"]})
        store.jobs.add(NewJob(id="ended", type="t"), 1)
        store.jobs.complete("ended", None, 2)
    store.close()
    reader = apsw.Connection(path)
    found = set(reader.cursor().execute("SELECT machine_name, job_id FROM awaited_jobs").fetchall())
    reader.close()
    expected = {(m, j) for m, wanted in wishes.items() for j, job in jobs.items() if suits(wanted, *job)}
    assert found == expected
    assert len(found) > len(jobs)
