"""The server's end: what was begun is finished, for a while."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from statemachine_internal.errors import StateMachineError
from statemachine_internal.monitor import server
from statemachine_internal.service.notify import Notifier

PATIENCE = 20.0


async def stop_during_a_request(signals: int) -> bytes:
    """Stop a server whose application never answers; returns what its client read."""
    begun = asyncio.Event()

    async def never_answers(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        begun.set()
        await asyncio.Event().wait()

    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    config = uvicorn.Config(never_answers, http="h11", ws="none", lifespan="off", log_config=None)
    serving = asyncio.create_task(server.Server(config, "here", Notifier()).serve(sockets=[listener]))
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await asyncio.wait_for(begun.wait(), PATIENCE)
    for _ in range(signals):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
    await asyncio.wait_for(serving, PATIENCE)
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.req("H1")
def test_a_request_that_never_ends_is_cut_after_a_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GRACE", 0.2)
    assert asyncio.run(stop_during_a_request(1)) == b""


@pytest.mark.req("H1")
def test_a_second_signal_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GRACE", PATIENCE * 2)
    assert asyncio.run(stop_during_a_request(2)) == b""


@pytest.mark.req("H1")
def test_an_application_that_fails_to_start_is_an_error() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(fails, http="h11", ws="none", lifespan="on", log_config=None)
        with pytest.raises((StateMachineError, SystemExit)) as ended:
            asyncio.run(server.Server(config, "here", Notifier()).serve(sockets=[listener]))
    assert ended.value.args != (0,)
