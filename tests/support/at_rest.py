"""Machines in a database that nothing runs."""

from __future__ import annotations

from statemachine_internal.store.protocol import MachineStatus, Place, Process
from statemachine_internal.store.sqlite import SqliteStore


def add_at_rest(store: SqliteStore, name: str, *, digest: str = "d", now: int = 1) -> None:
    """A machine that has entered its first state and waits there; to be called in a transaction."""
    place = Place(state="off", status=MachineStatus.WAITING, entry=1, via="", list_start=0, cursor=0, list_end=0)
    process = Process(pid=1, boot_id="b")
    store.create(name, place, digest=digest, config_type="c", control_path=None, process=process, now=now)
