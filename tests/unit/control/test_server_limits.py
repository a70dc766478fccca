"""A process that has no file descriptor left."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from statemachine_internal.control import server
from statemachine_internal.control.envelope import encode_message, parse_reply
from unit.control.served import PATIENCE, Served, plain_client


class Heard(logging.Handler):
    """Keeps the records, and tells when the first has come."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.first = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.first.set()


@contextlib.contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    lowest = os.dup(0)
    os.close(lowest)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_descriptors_the_server_waits_for_one_without_spinning_and_says_so_once(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "RETRY_SECONDS", 3600.0)
    served = serve()
    turns = 0
    accept = served.server._accept

    def counted() -> None:
        nonlocal turns
        turns += 1
        accept()

    def count() -> None:
        served.server._accept = counted  # type: ignore[method-assign]
        served.server._resume_accepting()

    heard = Heard()
    server.log.addHandler(heard)
    clients = []
    try:
        served.call(count)
        served.call(served.server._stop_accepting)
        for n in range(5):
            clients.append(plain_client(served.path))
            clients[n].send(encode_message(f"e{n}"))
        with descriptors_left(1):
            served.call(served.server._resume_accepting)
            assert parse_reply(clients[0].recv(4096)).ok
            assert heard.first.wait(PATIENCE)
            before = turns
            for _ in range(100):
                served.call(lambda: None)
            assert turns == before
            for n in range(1, 5):
                clients[n - 1].shutdown(socket.SHUT_RDWR)  # not close: that would free a descriptor of this process
                assert parse_reply(clients[n].recv(4096)).ok
        assert [record.getMessage() for record in heard.records] == ["control_accept_paused"]
        assert vars(heard.records[0])["error"] == "Too many open files"
    finally:
        server.log.removeHandler(heard)
        for client in clients:
            client.close()
