"""Waking a machine without waiting for it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from statemachine_internal.control.doorbell import ring, ring_machine
from statemachine_internal.control.envelope import encode_message, parse_reply
from unit.control.served import Served, listener, plain_client

Serve = Callable[..., Served]


@pytest.mark.req("P4")
def test_a_ring_wakes_the_machine_and_leaves_no_connection_behind(serve: Serve) -> None:
    served = serve()
    assert ring(served.path)
    arrival = served.arrival()
    assert arrival.message.is_wake
    served.call(lambda: arrival.reply(b"not sent"))
    assert (arrival.uid, arrival.pid) == (os.geteuid(), os.getpid())
    assert served.call(lambda: served.server.connections) == 0


@pytest.mark.req("P4")
def test_an_event_named_wake_is_an_event(serve: Serve) -> None:
    served = serve()
    with plain_client(served.path) as sock:
        sock.send(encode_message("wake"))
        assert parse_reply(sock.recv(4096)).ok
    assert not served.arrival().message.is_wake


@pytest.mark.req("P4")
def test_a_thousand_rings_leave_no_descriptor_behind(serve: Serve) -> None:
    served = serve()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(1000):
        assert ring(served.path)
        assert served.arrival().message.is_wake
    served.call(lambda: None)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.req("P4")
def test_a_ring_at_a_full_backlog_is_lost_at_once(runtime: str) -> None:
    path = f"{runtime}/control/m.sock"
    with listener(path, backlog=0):
        assert ring(path)
        assert not ring(path)


@pytest.mark.req("P4")
def test_a_ring_waits_in_the_backlog_of_a_machine_that_does_not_run(runtime: str) -> None:
    path = f"{runtime}/control/m.sock"
    with listener(path) as systemds:
        assert ring(path)
        served = Served(systemds, path, owns=False)
        assert served.arrival().message.is_wake
        served.stop()


@pytest.mark.req("P4")
def test_a_ring_where_nobody_listens_is_no_error(runtime: str) -> None:
    path = f"{runtime}/control/m.sock"
    assert not ring(path)
    listener(path).close()
    assert not ring(path)
    assert not ring(f"{runtime}/{'x' * 200}")
    assert not ring(f"{runtime}/control")


@pytest.mark.req("P4")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a socket away")
def test_a_socket_of_another_user_is_not_rung_at(serve: Serve) -> None:
    served = serve()
    os.chown(served.path, 12345, -1)
    assert not ring(served.path)
    assert served.call(lambda: served.server.connections) == 0
    assert served.arrivals.empty()


@pytest.mark.req("P4")
def test_a_machine_is_rung_by_its_name_or_else_where_its_row_says(runtime: str) -> None:
    named, elsewhere = f"{runtime}/control/m.sock", f"{runtime}/elsewhere.sock"
    asked: list[str] = []

    def stored(path: str | None) -> Callable[[], str | None]:
        def path_in_the_row() -> str | None:
            asked.append(str(path))
            return path

        return path_in_the_row

    with listener(elsewhere):
        assert ring_machine("m", stored(elsewhere))
        assert not ring_machine("m", stored(None))
        assert ring_machine("no name", stored(elsewhere))
        with listener(named):
            assert ring_machine("m", stored("never asked"))
    assert asked == [elsewhere, "None", elsewhere]
