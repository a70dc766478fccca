"""A client that says nothing, or too slowly, is let go; and there are not too many at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from statemachine_internal.monitor import protocols
from statemachine_internal.monitor.protocols import HttpConnection
from statemachine_internal.monitor.server import Server
from statemachine_internal.service.notify import Notifier

PATIENCE = 20.0
LONG = 3600.0
SOON = 0.1
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"

Talk = Callable[[tuple[str, int]], Awaitable[bytes]]


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body, and answers."""
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    config = uvicorn.Config(
        answers, http=HttpConnection, ws="none", lifespan="off", log_config=None, timeout_keep_alive=int(LONG)
    )
    server = Server(config, "here", Notifier())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield address
    finally:
        server._give_up()
        server.should_exit = True
        server._end.set()
        await serving


async def until_closed(address: tuple[str, int], *pieces: bytes, answers: int = 0) -> bytes:
    """Send the pieces, the last after so many answers, and read to the end."""
    reader, writer = await asyncio.open_connection(*address)
    with contextlib.closing(writer):
        for piece in pieces[:-1]:
            writer.write(piece)
        for _ in range(answers):
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.write(pieces[-1])
        return await asyncio.wait_for(reader.read(), PATIENCE)


def run(talk: Talk) -> bytes:
    async def scenario() -> bytes:
        async with served() as address:
            return await talk(address)

    return asyncio.run(scenario())


@pytest.mark.req("H1")
@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
def test_who_does_not_end_his_headers_is_let_go(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(protocols, "HEADERS_WITHIN", SOON)
    assert run(lambda address: until_closed(address, said)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.req("H1")
@pytest.mark.parametrize("before", [REQUEST, POST + b"body"])
def test_also_on_a_connection_that_was_kept_open(monkeypatch: pytest.MonkeyPatch, before: bytes) -> None:
    monkeypatch.setattr(protocols, "HEADERS_WITHIN", SOON)
    assert run(lambda address: until_closed(address, before, b"GET", answers=1)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.req("H1")
def test_a_byte_now_and_then_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "HEADERS_WITHIN", SOON)

    async def trickle(address: tuple[str, int]) -> bytes:
        reader, writer = await asyncio.open_connection(*address)
        reading = asyncio.create_task(reader.read())
        with contextlib.closing(writer):
            writer.write(b"GET / HTTP/1.1\r\nX: ")
            while not reading.done():
                writer.write(b"x")
                await asyncio.wait([reading], timeout=SOON / 10)
            with contextlib.suppress(ConnectionError):  # what it wrote after the end reset the connection
                return await reading
            return b"HTTP/1.1 408 "

    assert run(trickle).startswith(b"HTTP/1.1 408 ")


@pytest.mark.req("H1")
def test_who_does_not_end_his_body_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "HEADERS_WITHIN", LONG)
    monkeypatch.setattr(protocols, "BODY_WITHIN", SOON)
    assert run(lambda address: until_closed(address, POST + b"bo")).startswith(b"HTTP/1.1 408 ")


@pytest.mark.req("H1")
def test_who_is_in_time_is_served_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    loops: list[list[asyncio.TimerHandle]] = []

    async def thrice(address: tuple[str, int]) -> bytes:
        reader, writer = await asyncio.open_connection(*address)
        with contextlib.closing(writer):
            for request in (REQUEST, POST + b"body", REQUEST):
                writer.write(request)
                assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            set_by_us = [
                each
                for each in asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
                if not each.cancelled() and "_too_slow" in repr(each)
            ]
            loops.append(set_by_us)
        return b""

    monkeypatch.setattr(protocols, "HEADERS_WITHIN", LONG)
    run(thrice)
    assert loops == [[]]


@pytest.mark.req("P11")
def test_one_connection_too_many_is_refused_and_the_log_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(protocols, "most_connections", lambda: 2)
    monkeypatch.setattr(HttpConnection, "_last_said", -protocols.SAY_AGAIN)

    async def crowd(address: tuple[str, int]) -> bytes:
        first = [await asyncio.open_connection(*address) for _ in range(2)]
        refused = b""
        for _ in range(3):
            reader, writer = await asyncio.open_connection(*address)
            refused += (await reader.readline())[:12]
            writer.close()
        reader, writer = first[0]
        writer.write(REQUEST)
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        for _, each in first:
            each.close()
        return refused

    assert run(crowd) == b"HTTP/1.1 503" * 3
    captured = capsys.readouterr()
    said = caplog.text + captured.out + captured.err
    assert said.count("too many connections") == 1


@pytest.mark.req("P11")
@pytest.mark.parametrize(("descriptors", "most"), [(1024, 512), (600, 88), (64, 16), (-1, 512), (100_000, 512)])
def test_the_bound_leaves_descriptors_for_the_rest(
    monkeypatch: pytest.MonkeyPatch, descriptors: int, most: int
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (descriptors, descriptors))
    protocols.most_connections.cache_clear()
    try:
        assert protocols.most_connections() == most
    finally:
        protocols.most_connections.cache_clear()
