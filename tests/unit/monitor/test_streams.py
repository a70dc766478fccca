"""A stream without a server: what it says when nothing happens, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from statemachine_internal.monitor.greeting import Greetings
from statemachine_internal.monitor.plain_stream import PlainStream
from statemachine_internal.monitor.pulse import Pulse
from statemachine_internal.monitor.settings import Settings
from statemachine_internal.monitor.station import Station
from statemachine_internal.monitor.ui_hub import Hub
from statemachine_internal.monitor.ui_stream import UiStream
from statemachine_internal.store.sqlite import SqliteStore


class Client:
    """A WebSocket that the test holds the other end of."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.leave_at_send = False

    async def accept(self, subprotocol: str | None = None) -> None:
        assert subprotocol is None

    async def receive(self) -> dict[str, Any]:
        return await self.said.get()

    async def send(self, message: dict[str, Any]) -> None:
        if self.leave_at_send:
            raise RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'.")
        self.heard.put_nowait(json.loads(message["text"]))

    def say(self, message: dict[str, Any]) -> None:
        self.said.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def leave(self) -> None:
        self.said.put_nowait({"type": "websocket.disconnect", "code": 1000})


def station(folder: Path) -> Station:
    path = str(folder / "statemachine.db")
    SqliteStore(path).close()
    made = Station(Settings(database=path), None)
    made.pulse = Pulse(made.look, 0.01)
    return made


@pytest.mark.req("H2")
def test_a_client_is_pinged_while_nothing_happens_and_then_forgotten(tmp_path: Path) -> None:
    async def scenario() -> None:
        here, client = station(tmp_path), Client()
        here.start()
        stream = asyncio.create_task(PlainStream(cast(WebSocket, client), here, Greetings(here)).hold())
        assert (await client.heard.get())["type"] == "initial"
        for _ in range(3):
            ping = await client.heard.get()
            assert (ping["type"], ping["payload"]) == ("ping", {})
            assert set(ping) == {"id", "type", "machine_name", "payload", "timestamp"}
        client.leave()
        await stream
        assert (here.clients, here.pulse.clients, here.reader.eager) == ({"plain": 0, "ui": 0}, 0, 0)
        here.close()

    asyncio.run(scenario())


@pytest.mark.req("H4")
def test_a_page_is_pinged_while_nothing_happens(tmp_path: Path) -> None:
    async def scenario() -> None:
        here, client = station(tmp_path), Client()
        hub = Hub(here)
        here.start()
        stream = asyncio.create_task(UiStream(cast(WebSocket, client), hub).hold())
        client.say({"after": None, "machines": "*"})
        while (message := await client.heard.get())["type"] != "frame":
            assert message["type"] == "ping"
        assert message["full"]
        assert (await client.heard.get()) == {"type": "ping", "last_id": 0}
        client.leave()
        await stream
        hub.close()
        here.close()

    asyncio.run(scenario())


@pytest.mark.req("P11")
def test_a_client_who_is_gone_at_a_send_is_no_fault(tmp_path: Path) -> None:
    async def scenario() -> None:
        here, client = station(tmp_path), Client()
        client.leave_at_send = True
        here.start()
        stream = asyncio.create_task(PlainStream(cast(WebSocket, client), here, Greetings(here)).hold())
        client.leave()
        await stream
        assert here.clients["plain"] == 0
        here.close()

    asyncio.run(scenario())
