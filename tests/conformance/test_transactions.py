"""What a store promises of transactions, within one process and between several."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from conformance.drivers import DRIVERS, NOW, accept, contender, create, heard, pending, place, tell, together
from statemachine_internal.errors import StoreError
from statemachine_internal.store.protocol import EventStatus, NewEvent, Store


class Broken(Exception):
    pass


@pytest.mark.req("P3")
def test_what_fails_leaves_nothing(store: Store) -> None:
    epoch = create(store)
    first = accept(store, type="first")

    def step() -> None:
        with store.transaction():
            store.accept(NewEvent(target="worker", type="lost"), EventStatus.PENDING, NOW)
            store.settle(first, EventStatus.PROCESSED, NOW)
            store.append("worker", "note", "{}", NOW)
            store.set_timer("worker", "t", NOW)
            store.save("worker", epoch, place("moved", entry=2), NOW)
            raise Broken

    with pytest.raises(Broken):
        step()
    assert pending(store) == ["first"]
    assert store.feed(0, 10) == []
    assert store.timers("worker") == {}
    row = store.machine("worker")
    assert row is not None
    assert row.place == place()


@pytest.mark.req("P3")
def test_a_store_goes_on_after_what_failed(store: Store) -> None:
    with pytest.raises(Broken), store.transaction():
        raise Broken
    accept(store)
    assert pending(store) == ["go"]


@pytest.mark.req("P3")
def test_nobody_sees_what_is_not_committed(open_store: Callable[[], Store]) -> None:
    writer, reader = open_store(), open_store()
    with writer.transaction():
        writer.accept(NewEvent(target="worker", type="go"), EventStatus.PENDING, NOW)
        assert pending(reader) == []
        assert pending(writer) == ["go"]
    assert pending(reader) == ["go"]


def test_a_store_that_is_closed_in_a_transaction_stores_nothing(open_store: Callable[[], Store]) -> None:
    closed, other = open_store(), open_store()
    manager = closed.transaction()
    manager.__enter__()
    closed.accept(NewEvent(target="worker", type="go"), EventStatus.PENDING, NOW)
    closed.close()
    with pytest.raises(StoreError):
        manager.__exit__(None, None, None)
    accept(other, type="free")
    assert pending(other) == ["free"]


@pytest.mark.req("B8")
def test_processes_that_write_at_once_lose_nothing_and_never_deadlock(store: Store, driver: str, path: str) -> None:
    create(store, "counter")
    together([contender(driver, "write", path, "100") for _ in range(4)])
    assert len(store.pending("worker", NOW, 1000)) == 400
    rows = store.feed(0, 1000)
    assert len({row.event_id for row in rows}) == 400
    counter = store.machine("counter")
    assert counter is not None
    assert counter.place.entry == 401


@pytest.mark.req("E3")
def test_what_each_process_wrote_keeps_its_order(store: Store, driver: str, path: str) -> None:
    create(store, "counter")
    together([contender(driver, "write", path, "30") for _ in range(2)])
    by_process: dict[str, list[int]] = {}
    for event in store.pending("worker", NOW, 1000):
        process, number = event.type.split(".")
        by_process.setdefault(process, []).append(int(number))
    assert list(by_process.values()) == [list(range(30))] * 2


@pytest.mark.req("P1")
def test_a_writer_waits_for_the_one_before_it(store: Store, driver: str, path: str) -> None:
    holder, visitor = contender(driver, "hold", path), contender(driver, "open_and_close", path)
    assert heard(visitor) == "ready"
    assert heard(holder) == "ready"  # and has the lock
    tell(visitor)
    tell(holder)
    for process in (holder, visitor):
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert pending(store) == ["holder", "visitor"]


@pytest.mark.req("P3")
def test_a_process_that_is_killed_in_a_transaction_leaves_nothing(store: Store, driver: str, path: str) -> None:
    victim = contender(driver, "die", path)
    assert heard(victim) == "ready"
    tell(victim)
    victim.communicate(timeout=60)
    assert victim.returncode == -signal.SIGKILL
    assert pending(store) == []
    assert store.feed(0, 10) == []
    accept(store, type="next")
    assert pending(store) == ["next"]


@pytest.mark.req("P1")
def test_what_was_committed_outlives_the_process(driver: str, path: str) -> None:
    victim = contender(driver, "die_after", path)
    assert heard(victim) == "ready"
    tell(victim)
    victim.communicate(timeout=60)
    assert victim.returncode == -signal.SIGKILL
    store = DRIVERS[driver](path)
    assert pending(store) == ["kept"]
    store.close()


@pytest.mark.req("P1")
def test_what_comes_after_a_visitor_is_there_for_the_next(store: Store, driver: str, path: str) -> None:
    accept(store, type="before")
    together([contender(driver, "open_and_close", path)])
    accept(store, type="after")
    together([contender(driver, "open_and_close", path)])
    fresh = DRIVERS[driver](path)
    assert pending(fresh) == ["before", "visitor", "after", "visitor"]
    fresh.close()


@pytest.mark.req("B8")
def test_eight_processes_may_be_the_first_at_once(driver: str, path: str) -> None:
    together([contender(driver, "open_first", path) for _ in range(8)])
    store = DRIVERS[driver](path)
    assert pending(store) == ["go"] * 8
    store.close()
