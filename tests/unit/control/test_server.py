"""What a control server does with what arrives: order, refusals, slow and broken senders, the end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
from collections.abc import Callable

import pytest

from statemachine_internal.control.client import Connection
from statemachine_internal.control.connection import PENDING_MAX, Arrival
from statemachine_internal.control.envelope import accepted, encode_message, parse_reply, refusal
from statemachine_internal.control.server import ControlServer
from statemachine_internal.errors import ConfigurationError
from unit.control.served import PATIENCE, Served, listener, plain_client

Serve = Callable[..., Served]


@pytest.mark.req("E1")
def test_an_event_is_accepted_and_its_sender_is_who_the_kernel_says(serve: Serve) -> None:
    served = serve()
    with Connection(served.path) as connection:
        assert connection.send_nowait(encode_message("go", {"n": 1}, job_id="j", source="cli", uid="u"))
        assert connection.receive().id == 1
    arrival = served.arrival()
    assert (arrival.message.type, arrival.message.payload, arrival.message.uid) == ("go", {"n": 1}, "u")
    assert (arrival.uid, arrival.pid) == (os.geteuid(), os.getpid())


@pytest.mark.req("E1")
def test_a_payload_of_150_kb_arrives_whole(serve: Serve) -> None:
    served = serve()
    text = "".join(chr(0x4E00 + n % 20_000) for n in range(50_000))
    with Connection(served.path) as connection:
        connection.send_nowait(encode_message("go", {"text": text}))
        assert connection.receive().ok
    assert served.arrival().message.payload == {"text": text}


@pytest.mark.req("E1")
@pytest.mark.parametrize("size", [200_000, 300_000])
def test_a_message_that_is_too_large_is_refused_and_the_connection_lives_on(serve: Serve, size: int) -> None:
    served = serve()
    with plain_client(served.path, send_buffer=400_000) as sock:
        sock.send(b'{"type":"go","payload":{"x":"' + b"x" * size + b'"}}')
        reply = sock.recv(4096)
        assert parse_reply(reply).code == "payload_too_large"
        assert b"\n" not in reply
        sock.send(encode_message("next"))
        assert parse_reply(sock.recv(4096)).ok
    assert served.arrival().message.type == "next"


@pytest.mark.req("E1")
def test_broken_json_is_a_bad_request_and_the_door_stays_open_for_others(serve: Serve) -> None:
    served = serve()
    with plain_client(served.path) as broken, Connection(served.path) as other:
        broken.send(b"{broken")
        assert parse_reply(broken.recv(4096)).code == "bad_request"
        other.send_nowait(encode_message("go"))
        assert other.receive().ok
        broken.send(encode_message("mended"))
        assert parse_reply(broken.recv(4096)).ok


@pytest.mark.req("E3")
def test_a_thousand_pipelined_messages_are_answered_in_order(serve: Serve) -> None:
    served = serve()
    with Connection(served.path) as connection:
        replies = list(connection.exchange(encode_message(f"e{n}") for n in range(1000)))
    assert [reply.id for reply in replies] == list(range(1, 1001))
    assert [served.arrival().message.type for _ in range(1000)] == [f"e{n}" for n in range(1000)]


@pytest.mark.req("E3")
def test_replies_go_out_in_the_order_of_the_messages_whatever_the_order_of_the_answers(serve: Serve) -> None:
    served = serve(answers=False)
    with Connection(served.path) as connection:
        for name in ("a", "b", "c"):
            connection.send_nowait(encode_message(name))
        arrivals = [served.arrival() for _ in range(3)]
        for number in (3, 1, 2):
            served.call(lambda number=number: arrivals[number - 1].reply(accepted(number)))  # type: ignore[misc]
        assert [connection.receive().id for _ in range(3)] == [1, 2, 3]


@pytest.mark.req("E3")
def test_a_refusal_waits_for_its_place_between_events_that_wait_for_their_commit(serve: Serve) -> None:
    served = serve(answers=False)
    with Connection(served.path) as connection:
        connection.send_nowait(encode_message("before"))
        connection.send_nowait(b"{broken")
        connection.send_nowait(encode_message("after"))
        before, after = served.arrival(), served.arrival()
        served.call(lambda: after.reply(refusal("full", "the disk is full")))
        served.call(lambda: before.reply(accepted(1)))
        assert [connection.receive().code for _ in range(3)] == [None, "bad_request", "full"]


def test_the_first_answer_counts(serve: Serve) -> None:
    served = serve(answers=False)
    with Connection(served.path) as connection:
        for number in (1, 2):
            connection.send_nowait(encode_message("go"))
            arrival = served.arrival()
            served.call(lambda a=arrival, n=number: a.reply(accepted(n)))  # type: ignore[misc]
            served.call(lambda a=arrival: a.reply(accepted(99)))  # type: ignore[misc]
        assert [connection.receive().id for _ in range(2)] == [1, 2]


def flood(sock: socket.socket) -> int:
    """Send until there is no room; returns how many."""
    for sent in itertools.count():
        try:
            sock.send(encode_message("flood"))
        except BlockingIOError:
            return sent
    raise AssertionError


@pytest.mark.req("P11")
def test_a_sender_that_never_reads_its_replies_slows_nobody_and_loses_nothing(serve: Serve) -> None:
    served = serve()
    with plain_client(served.path) as mute, Connection(served.path) as other:
        mute.setblocking(False)

        def pending() -> int:
            return served.call(lambda: max([len(one.pending) for one in served.server._connections], default=0))

        sent = 0
        while pending() < PENDING_MAX:
            sent += flood(mute)
            other.send_nowait(encode_message("go"))
            assert other.receive().ok
        sent += flood(mute)
        assert pending() == PENDING_MAX
        assert flood(mute) == 0
        mute.settimeout(PATIENCE)
        ids = [parse_reply(mute.recv(4096)).id or 0 for _ in range(sent)]
        assert ids == sorted(ids)
        mute.send(encode_message("again"))
        assert parse_reply(mute.recv(4096)).ok


@pytest.mark.req("P1")
@pytest.mark.parametrize("unread_replies", [0, 3])
def test_what_a_sender_sent_before_it_went_away_is_taken(serve: Serve, unread_replies: int) -> None:
    served = serve(answers=False)
    sock = plain_client(served.path)
    arrivals: list[Arrival] = []
    for _ in range(unread_replies):
        sock.send(encode_message("early"))
        arrivals.append(served.arrival())
    for arrival in arrivals:
        served.call(lambda a=arrival: a.reply(accepted(1)))  # type: ignore[misc]

    def send_and_go() -> None:
        sock.setblocking(
            True
        )  # with a timeout, Python waits for poll(2), which says yes to a quarter of the buffer only
        for n in range(100):
            sock.send(encode_message(f"e{n}"))
        sock.close()

    served.call(send_and_go)  # on the server's loop, so that it reads none of them before the sender is gone
    last = [served.arrival() for _ in range(100)]
    assert [arrival.message.type for arrival in last] == [f"e{n}" for n in range(100)]
    for arrival in last:
        served.call(lambda a=arrival: a.reply(accepted(2)))  # type: ignore[misc]
    assert served.call(lambda: served.server.connections) == 0


def test_a_sender_that_has_said_all_still_gets_its_replies(serve: Serve) -> None:
    served = serve(answers=False)
    with plain_client(served.path) as sock:
        sock.send(encode_message("go"))
        sock.shutdown(socket.SHUT_WR)
        arrival = served.arrival()
        served.call(lambda: arrival.reply(accepted(1)))
        assert parse_reply(sock.recv(4096)).id == 1
        assert sock.recv(4096) == b""


@pytest.mark.req("P1")
def test_a_paused_server_still_answers_what_it_has_read_and_reads_no_more(serve: Serve) -> None:
    served = serve(answers=False)
    with Connection(served.path) as connection:
        connection.send_nowait(encode_message("read"))
        arrival = served.arrival()
        served.call(served.server.pause)
        connection.send_nowait(encode_message("unread"))
        assert not os.path.exists(served.path)  # who comes now stores the event, and needn't wait for the end
        served.call(lambda: arrival.reply(accepted(1)))
        assert connection.receive().id == 1
        assert served.arrivals.empty()
        assert served.call(lambda: served.server.connections) == 1


@pytest.mark.req("P1")
def test_at_close_who_has_no_reply_sees_the_end_and_the_path_is_gone(serve: Serve) -> None:
    served = serve(answers=False)
    with plain_client(served.path) as sock:
        sock.send(encode_message("go"))
        arrival = served.arrival()
        served.call(served.server.close)
        assert sock.recv(4096) == b""
        served.call(lambda: arrival.reply(accepted(1)))
    assert not os.path.exists(served.path)


def test_the_server_may_be_closed_while_it_hands_over_a_message(serve: Serve) -> None:
    served = serve(answers=False)
    take = served.server.on_message

    def close(arrival: Arrival) -> None:
        take(arrival)
        served.server.close()

    served.server.on_message = close
    with plain_client(served.path) as sock:
        sock.send(encode_message("go"))
        assert sock.recv(4096) == b""
    assert served.arrival().message.type == "go"


@pytest.mark.req("P1")
def test_a_socket_that_systemd_opened_outlives_the_server_with_those_who_wait_in_it(runtime: str) -> None:
    path = f"{runtime}/control/m.sock"
    with listener(path) as theirs:
        first = Served(theirs, path, owns=False)
        first.call(first.server.pause)
        with plain_client(path) as waiting:
            waiting.send(encode_message("go"))
            first.stop()
            assert os.path.exists(path)
            second = Served(theirs, path, owns=False)
            assert parse_reply(waiting.recv(4096)).ok
            second.stop()
        assert first.arrivals.empty()


@pytest.mark.req("B7")
def test_a_server_that_was_taken_over_leaves_the_other_ones_socket_alone(serve: Serve) -> None:
    old, new = serve(), serve()
    old.call(old.server.close)
    with Connection(new.path) as connection:
        connection.send_nowait(encode_message("go"))
        assert connection.receive().ok
    assert new.arrival().message.type == "go"


def test_a_socket_of_another_type_is_refused_by_the_units_setting(runtime: str) -> None:
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream,
        contextlib.closing(asyncio.new_event_loop()) as loop,
    ):
        stream.bind(f"{runtime}/control/m.sock")
        with pytest.raises(ConfigurationError, match="ListenSequentialPacket="):
            ControlServer(stream, print, loop=loop)


def test_an_error_in_the_machine_is_the_loops_to_report_and_closes_no_door(serve: Serve) -> None:
    served = serve()
    take = served.server.on_message

    def fail(arrival: Arrival) -> None:
        if arrival.message.type == "bad":
            raise RuntimeError("of the machine")
        take(arrival)

    served.server.on_message = fail
    with Connection(served.path) as first, Connection(served.path) as second:
        first.send_nowait(encode_message("bad"))
        second.send_nowait(encode_message("good"))
        assert second.receive().ok
        served.call(lambda: None)
    assert "of the machine" in str(served.errors.pop())
