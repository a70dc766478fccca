"""The WebSockets."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.websockets import WebSocket

from ..greeting import Greetings
from ..plain_stream import PlainStream
from ..station import Station
from ..ui_hub import Hub
from ..ui_stream import UiStream


def stream_routes(station: Station, hub: Hub) -> APIRouter:
    """``/ws`` and ``/ws/events``, which are the same, and ``/ws/ui``."""
    router = APIRouter()
    greetings = Greetings(station)

    async def plain(websocket: WebSocket) -> None:
        asked = websocket.query_params.get("after", "")
        after = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else None
        await PlainStream(websocket, station, greetings, after).hold()

    @router.websocket("/ws/ui")
    async def ui(websocket: WebSocket) -> None:
        await UiStream(websocket, hub).hold()

    for path in ("/ws", "/ws/events"):
        router.add_api_websocket_route(path, plain)
    return router
