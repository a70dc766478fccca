"""What comes of sending: accepted, refused, or unreachable with a reason."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from statemachine_internal.control import client
from statemachine_internal.control.client import Connection, new_uid, send
from statemachine_internal.control.envelope import accepted, encode_message, parse_message, refusal
from statemachine_internal.control.outcomes import Refusal, Unreachable
from statemachine_internal.errors import UsageError
from unit.control.served import PATIENCE, Served, listener, plain_client

Serve = Callable[..., Served]


def unreachable(machine: str = "m", **options: float) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        send(machine, "go", source="test", **options)  # type: ignore[arg-type]
    assert machine in str(caught.value)
    return caught.value


@contextlib.contextmanager
def machine(path: str, *connections: Callable[[socket.socket], None]) -> Iterator[None]:
    """A machine that does something of its own with each connection, one after the other."""
    with listener(path) as sock:

        def run() -> None:
            for serve in connections:
                accepted_sock, _ = sock.accept()
                with accepted_sock:
                    serve(accepted_sock)

        thread = threading.Thread(target=run)
        thread.start()
        yield
        thread.join(PATIENCE)


def answering(data: bytes) -> Callable[[socket.socket], None]:
    def serve(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.send(data)

    return serve


@pytest.mark.req("E1")
def test_an_event_is_sent_and_accepted(serve: Serve) -> None:
    served = serve()
    reply = send("m", "go", {"n": 1}, job_id="j", source="cli", uid="u")
    assert (reply.ok, reply.id, reply.duplicate) == (True, 1, False)
    message = served.arrival().message
    assert (message.type, message.payload, message.job_id) == ("go", {"n": 1}, "j")
    assert (message.source, message.uid) == ("cli", "u")


@pytest.mark.req("P2")
def test_every_event_has_a_uid_of_its_own(serve: Serve) -> None:
    served = serve()
    for _ in range(2):
        send("m", "go", source="cli")
    first, second = served.arrival().message.uid, served.arrival().message.uid
    assert first
    assert second
    assert first != second
    assert len({new_uid() for _ in range(1000)}) == 1000


@pytest.mark.req("B1")
def test_a_machine_with_a_prefix_is_reached_by_it(runtime: str) -> None:
    path = f"{runtime}/own-m.sock"
    with machine(path, answering(accepted(7))):
        assert send("m", "go", source="cli", prefix=f"{runtime}/own").id == 7


def test_a_refusal_of_the_machine_is_raised_with_its_code(runtime: str) -> None:
    path = f"{runtime}/control/m.sock"
    with (
        machine(path, answering(refusal("paused", "it is paused"))),
        pytest.raises(Refusal, match="it is paused") as caught,
    ):
        send("m", "go", source="cli")
    assert caught.value.code == "paused"


@pytest.mark.req("E1")
def test_a_message_that_is_too_large_is_refused_before_the_machine_sees_it(serve: Serve) -> None:
    served = serve()
    with pytest.raises(Refusal) as caught:
        send("m", "go", {"x": "x" * 200_000}, source="cli")
    assert caught.value.code == "payload_too_large"
    assert served.arrivals.empty()


@pytest.mark.req("E1")
def test_a_message_over_the_kernels_limit_is_too_large(serve: Serve) -> None:
    with Connection(serve().path) as connection:
        with pytest.raises(Refusal) as caught:
            connection.send_nowait(b"x" * 400_000)
        assert caught.value.code == "payload_too_large"
        connection.send_nowait(encode_message("next"))
        assert connection.receive().ok


@pytest.mark.usefixtures("runtime")
def test_a_machine_without_a_socket_is_unreachable() -> None:
    assert unreachable().reason == "no_socket"


@pytest.mark.usefixtures("runtime")
def test_a_name_that_is_no_machines_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        send("../m", "go", source="cli")


def test_a_machine_that_was_killed_is_unreachable(runtime: str) -> None:
    listener(f"{runtime}/control/m.sock").close()
    assert unreachable().reason == "nobody_listens"


def test_a_machine_with_a_full_backlog_is_unreachable_at_once(runtime: str) -> None:
    path = f"{runtime}/control/m.sock"
    with listener(path, backlog=0), plain_client(path):
        assert unreachable(timeout=3600.0).reason == "backlog_full"


def test_a_machine_that_does_not_answer_in_time_is_unreachable(serve: Serve) -> None:
    served = serve(answers=False)
    assert unreachable(timeout=0.0).reason == "timeout"
    assert served.arrival().message.type == "go"


@pytest.mark.req("P2")
def test_a_machine_that_ends_before_it_answers_is_asked_once_more_under_the_same_uid(runtime: str) -> None:
    seen = []

    def gone(sock: socket.socket) -> None:
        seen.append(parse_message(sock.recv(4096)).uid)

    def there(sock: socket.socket) -> None:
        gone(sock)
        sock.send(accepted(5, duplicate=True))

    with machine(f"{runtime}/control/m.sock", gone, there):
        reply = send("m", "go", source="cli")
    assert (reply.id, reply.duplicate) == (5, True)
    assert seen[0] == seen[1] != ""


@pytest.mark.req("P1")
def test_a_machine_that_ends_twice_is_unreachable(runtime: str) -> None:
    with machine(f"{runtime}/control/m.sock", socket.socket.close, socket.socket.close):
        assert unreachable().reason == "closed"


def test_what_answers_otherwise_is_no_machine(runtime: str) -> None:
    with machine(f"{runtime}/control/m.sock", answering(b"220 hello")):
        assert unreachable().reason == "unusable"


def test_a_socket_of_another_type_is_no_machine(runtime: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.bind(f"{runtime}/control/m.sock")
        stream.listen()
        assert unreachable().reason == "unusable"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a socket away")
def test_a_socket_of_another_user_is_refused_by_the_sender(serve: Serve) -> None:
    served = serve()
    os.chown(served.path, 12345, -1)
    assert unreachable().reason == "untrusted"
    assert served.call(lambda: served.server.connections) == 0
    assert served.arrivals.empty()


def test_a_socket_that_another_user_listens_on_is_refused_whoever_owns_the_file(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve()
    monkeypatch.setattr(client, "is_trusted_owner", lambda _: True)
    monkeypatch.setattr(client, "is_trusted_uid", lambda _: False)
    assert unreachable().reason == "untrusted"
    assert served.arrivals.empty()


@pytest.mark.req("P9")
def test_refused_connections_leave_no_descriptor_behind(runtime: str) -> None:
    listener(f"{runtime}/control/m.sock").close()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        unreachable()
    assert len(os.listdir("/proc/self/fd")) == before
