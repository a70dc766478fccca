"""What a store promises of events and the feed."""

from __future__ import annotations

import json

import pytest

from conformance.drivers import NOW, SECOND, accept, create, pending
from statemachine_internal.errors import StoreError
from statemachine_internal.store.protocol import EventStatus, NewEvent, Store


@pytest.mark.req("E3")
def test_events_come_in_the_order_of_acceptance(store: Store) -> None:
    for type in ("c", "a", "b"):
        accept(store, type=type)
    accept(store, "other", "x")
    assert pending(store) == ["c", "a", "b"]
    assert [event.type for event in store.pending("worker", NOW, 2)] == ["c", "a"]


@pytest.mark.req("E1")
def test_an_event_comes_back_as_it_was_sent(store: Store) -> None:
    payload = json.dumps({"text": 'ä"\\\n', "deep": [{"n": None}]}, ensure_ascii=False)
    id = accept(store, source="cli", job_id="j1", payload=payload, uid="u", sender_uid=0, sender_pid=1)
    (event,) = store.pending("worker", NOW, 10)
    assert (event.id, event.source, event.type, event.job_id, event.created) == (id, "cli", "go", "j1", NOW)
    assert json.loads(event.payload) == json.loads(payload)


@pytest.mark.req("P1")
def test_a_uid_counts_once_and_names_the_first_row(store: Store) -> None:
    first = accept(store, type="first", uid="u1")
    accept(store, type="second", uid="u2")
    with store.transaction():
        again = store.accept(NewEvent(target="worker", type="again", uid="u1"), EventStatus.PENDING, NOW)
    assert again == (first, True)
    assert pending(store) == ["first", "second"]


@pytest.mark.req("P2")
def test_a_uid_stays_known_after_its_event_is_settled(store: Store) -> None:
    first = accept(store, uid="u1")
    with store.transaction():
        store.settle(first, EventStatus.PROCESSED, NOW)
        again = store.accept(NewEvent(target="worker", type="go", uid="u1"), EventStatus.PENDING, NOW)
    assert again == (first, True)
    assert pending(store) == []


def test_events_without_a_uid_all_count(store: Store) -> None:
    assert accept(store) != accept(store)
    assert pending(store) == ["go", "go"]


@pytest.mark.req("E3")
def test_an_id_is_never_used_twice(store: Store) -> None:
    ids = [accept(store) for _ in range(3)]
    assert ids == sorted(set(ids))


@pytest.mark.req("E2")
@pytest.mark.parametrize("status", [EventStatus.PROCESSED, EventStatus.IGNORED, EventStatus.FAILED])
def test_an_event_that_is_settled_waits_no_more(store: Store, status: EventStatus) -> None:
    id = accept(store)
    with store.transaction():
        store.settle(id, status, NOW + 1, "why")
        settled_at_once = store.accept(NewEvent(target="worker", type="x"), status, NOW)
    assert settled_at_once[1] is False
    assert pending(store) == []


@pytest.mark.req("E4")
def test_deferred_events_come_back_in_their_old_place(store: Store) -> None:
    first, second = accept(store, type="first"), accept(store, type="second")
    accept(store, type="third")
    other = accept(store, "other")
    with store.transaction():
        for id in (second, first, other):
            store.settle(id, EventStatus.DEFERRED, NOW)
    assert pending(store) == ["third"]
    with store.transaction():
        assert store.undefer("worker") == 2
    assert pending(store) == ["first", "second", "third"]
    assert pending(store, "other") == []


@pytest.mark.req("C3")
def test_a_delayed_event_comes_when_it_is_due(store: Store) -> None:
    accept(store, type="late", not_before=NOW + SECOND)
    accept(store, type="later", not_before=NOW + 2 * SECOND)
    accept(store, type="now")
    assert pending(store) == ["now"]
    assert store.next_due("worker", NOW) == NOW + SECOND
    assert pending(store, now=NOW + SECOND) == ["late", "now"]
    assert store.next_due("worker", NOW + SECOND) == NOW + 2 * SECOND
    assert store.next_due("worker", NOW + 2 * SECOND) is None
    assert store.next_due("nobody", NOW) is None


def test_events_of_some_types_can_be_asked_for(store: Store) -> None:
    for type in ("a", "b", "c", "a"):
        accept(store, type=type)
    accept(store, type="a", not_before=NOW + 1)
    assert [event.type for event in store.pending_of("worker", NOW, ["a", "c"])] == ["a", "c", "a"]
    assert store.pending_of("worker", NOW, []) == []


@pytest.mark.req("C6")
def test_clear_takes_the_open_events_of_the_types_that_are_named(store: Store) -> None:
    accept(store, type="a")
    deferred = accept(store, type="a")
    accept(store, type="b")
    accept(store, "other", "a")
    with store.transaction():
        store.settle(deferred, EventStatus.DEFERRED, NOW)
        assert store.clear("worker", ["a"], NOW, "cleared") == 2
        assert store.clear("worker", [], NOW, "cleared") == 0
        assert store.undefer("worker") == 0
    assert pending(store) == ["b"]
    with store.transaction():
        assert store.clear("worker", None, NOW, "cleared") == 1
    assert pending(store) == []
    assert pending(store, "other") == ["a"]


@pytest.mark.req("P4")
def test_the_outbox_names_each_target_with_pending_events_once(store: Store) -> None:
    accept(store, "a", source="worker")
    accept(store, "a", source="worker")
    accept(store, "b", source="other")
    done = accept(store, "c", source="worker")
    with store.transaction():
        store.settle(done, EventStatus.PROCESSED, NOW)
    assert store.outbox_targets("worker") == ["a"]
    assert store.outbox_targets("nobody") == []


@pytest.mark.req("E1")
@pytest.mark.parametrize("wrong", [{"type": ""}, {"type": "x" * 129}, {"payload": "{"}])
def test_an_event_that_breaks_a_rule_is_refused(store: Store, wrong: dict[str, str]) -> None:
    with pytest.raises(StoreError):
        accept(store, **wrong)
    assert pending(store) == []


@pytest.mark.req("P11")
def test_a_reader_of_the_feed_reads_on_by_id(store: Store) -> None:
    create(store)
    with store.transaction():
        first = store.append("worker", "note", '{"n": 1}', NOW)
        second = store.append("worker", "state_change", "{}", NOW + 1, 7)
    rows = store.feed(0, 10)
    assert [(row.id, row.machine, row.type, row.payload, row.event_id, row.created) for row in rows] == [
        (first, "worker", "note", '{"n": 1}', None, NOW),
        (second, "worker", "state_change", "{}", 7, NOW + 1),
    ]
    assert [row.id for row in store.feed(first, 10)] == [second]
    assert [row.id for row in store.feed(0, 1)] == [first]
    assert store.feed(second, 10) == []


@pytest.mark.req("P6")
def test_a_uid_tells_what_became_of_its_event(store: Store) -> None:
    id = accept(store, uid="u1")
    assert store.status_of("u1") is EventStatus.PENDING
    assert store.status_of("u2") is None
    with store.transaction():
        store.settle(id, EventStatus.PROCESSED, NOW)
    assert store.status_of("u1") is EventStatus.PROCESSED


@pytest.mark.req("P6")
def test_a_pending_event_can_be_taken_back_and_its_uid_used_anew(store: Store) -> None:
    first = accept(store, uid="u1")
    settled = accept(store, type="settled", uid="u2")
    with store.transaction():
        store.settle(settled, EventStatus.PROCESSED, NOW)
        store.withdraw("u1", NOW, "no longer wanted")
        store.withdraw("u2", NOW, "too late")
    assert (store.status_of("u1"), store.status_of("u2")) == (None, EventStatus.PROCESSED)
    assert pending(store) == []
    assert accept(store, uid="u1") != first
    assert pending(store) == ["go"]


@pytest.mark.req("P9")
def test_the_feed_tells_whether_it_speaks_of_a_machine(store: Store) -> None:
    assert store.last_feed_id() == 0
    with store.transaction():
        first = store.append("one", "x", "{}", NOW)
        second = store.append("two", "x", "{}", NOW)
    assert store.last_feed_id() == second
    assert [store.speaks_of("one", after, second) for after in (0, first, second)] == [True, False, False]
    assert store.speaks_of("two", 0, first) is False
