"""What a store promises of machines and their timers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.drivers import NOW, PROCESS, claim, create, place
from statemachine_internal.errors import LockLost, StoreError
from statemachine_internal.store.protocol import MachineStatus, Process, Store


@pytest.mark.req("P3")
def test_a_machine_that_never_ran_has_no_row(store: Store) -> None:
    assert store.machine("worker") is None
    assert store.machines() == []


@pytest.mark.req("B6")
def test_a_machine_is_stored_as_it_was_made(store: Store) -> None:
    where = place("idle", entry=3, cursor=1, list_end=2, context='{"a": "ä\\n"}')
    assert create(store, "worker", where) == 1
    row = store.machine("worker")
    assert row is not None
    assert (row.name, row.place, row.epoch, row.process) == ("worker", where, 1, PROCESS)
    assert (row.definition_hash, row.config_type, row.control_path) == ("d1", "worker", None)
    assert (row.started, row.last_activity) == (NOW, NOW)


@pytest.mark.req("B7")
def test_a_machine_is_made_once(store: Store) -> None:
    create(store)
    with pytest.raises(StoreError):
        create(store)


@pytest.mark.req("B6")
@pytest.mark.parametrize("status", list(MachineStatus))
def test_every_status_comes_back_as_it_was_saved(store: Store, status: MachineStatus) -> None:
    epoch = create(store)
    with store.transaction():
        store.save("worker", epoch, place("done", status=status, entry=2), NOW + 5)
    row = store.machine("worker")
    assert row is not None
    assert (row.place, row.last_activity) == (place("done", status=status, entry=2), NOW + 5)


def test_machines_come_by_name(store: Store) -> None:
    for name in ("b", "a", "c"):
        create(store, name)
    assert store.machines() == [(name, "idle", MachineStatus.RUNNING) for name in ("a", "b", "c")]


@pytest.mark.req("P7")
def test_a_claim_raises_the_epoch_and_names_the_new_process(store: Store) -> None:
    create(store)
    other = Process(pid=4712, boot_id="boot-2")
    assert claim(store, process=other) == 2
    row = store.machine("worker")
    assert row is not None
    assert (row.epoch, row.process, row.definition_hash, row.control_path) == (2, other, "d2", "/x.sock")
    assert row.place == place()


@pytest.mark.req("P7")
def test_who_lost_the_machine_can_save_nothing(open_store: Callable[[], Store]) -> None:
    old, new = open_store(), open_store()
    epoch = create(old)
    claim(new)

    def step() -> None:
        with old.transaction():
            old.append("worker", "note", "{}", NOW)
            old.save("worker", epoch, place("stolen"), NOW)

    with pytest.raises(LockLost):
        step()
    row = new.machine("worker")
    assert row is not None
    assert row.place.state == "idle"
    assert new.feed(0, 10) == []


@pytest.mark.req("P7")
def test_who_lost_the_machine_is_told_when_it_asks(open_store: Callable[[], Store]) -> None:
    old, new = open_store(), open_store()
    epoch = create(old)
    with old.transaction():
        old.confirm("worker", epoch)
    claim(new)
    with pytest.raises(LockLost), old.transaction():
        old.confirm("worker", epoch)


@pytest.mark.req("P7")
def test_a_machine_that_is_gone_is_lost_too(store: Store) -> None:
    with pytest.raises(LockLost), store.transaction():
        store.confirm("nobody", 1)
    with pytest.raises(LockLost), store.transaction():
        store.save("nobody", 1, place(), NOW)


@pytest.mark.req("P10")
def test_a_timer_is_set_replaced_and_dropped(store: Store) -> None:
    create(store)
    create(store, "other")
    with store.transaction():
        store.set_timer("worker", "a", NOW + 1)
        store.set_timer("worker", "b", NOW + 2)
        store.set_timer("other", "a", NOW + 9)
        store.set_timer("worker", "a", NOW + 3)
    assert store.timers("worker") == {"a": NOW + 3, "b": NOW + 2}
    with store.transaction():
        store.drop_timer("worker", "a")
    assert store.timers("worker") == {"b": NOW + 2}
    with store.transaction():
        store.set_timer("worker", "a", NOW)
        store.drop_timers("worker")
    assert store.timers("worker") == {}
    assert store.timers("other") == {"a": NOW + 9}


@pytest.mark.req("P10")
def test_a_machine_that_there_is_not_has_no_timers(store: Store) -> None:
    with pytest.raises(StoreError), store.transaction():
        store.set_timer("nobody", "a", NOW)
