"""The sockets that the monitor listens on."""

from __future__ import annotations

import socket

import pytest

from statemachine_internal.monitor.listeners import prompt


@pytest.mark.req("H1")
def test_a_connection_sends_small_pieces_at_once() -> None:
    with (
        prompt(socket.create_server(("127.0.0.1", 0))) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_a_unix_socket_has_no_such_delay_and_is_left_alone() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        assert prompt(listener) is listener
